/* The least that a command which reads can do: a process that links SQLite and nothing else, opens a plain database, and
 * answers from an index. To be timed as a whole process.
 *
 *   reader                    starts and ends
 *   reader make FILE          a table of the lines of standard input, an index by time, a full-text index
 *   reader newest FILE        the newest 20
 *   reader word FILE WORD     how many have the word, and the best 20 by FTS5's own ranking */
#include "bench.h"
#include <sqlite3.h>

static sqlite3 *db;

static void ex(const char *s)
{
	char *e = NULL;
	if (sqlite3_exec(db, s, NULL, NULL, &e) != SQLITE_OK) DIE("%s: %s", s, e);
}

static sqlite3_stmt *prepare(const char *s)
{
	sqlite3_stmt *st;
	if (sqlite3_prepare_v2(db, s, -1, &st, NULL)) DIE("%s: %s", s, sqlite3_errmsg(db));
	return st;
}

static void make(void)
{
	static char line[1 << 16];
	sqlite3_stmt *st;
	ex("CREATE TABLE entry(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, text TEXT NOT NULL);"
	   "CREATE INDEX entry_at ON entry(at);"
	   "CREATE VIRTUAL TABLE words USING fts5(text, content='entry', content_rowid='id');"
	   "BEGIN");
	st = prepare("INSERT INTO entry(at, text) VALUES(?1, ?2)");
	for (int i = 0; fgets(line, sizeof line, stdin); i++) {
		sqlite3_bind_int(st, 1, i);
		sqlite3_bind_text(st, 2, line, (int)strcspn(line, "\n"), SQLITE_STATIC);
		if (sqlite3_step(st) != SQLITE_DONE) DIE("step");
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
	ex("INSERT INTO words(rowid, text) SELECT id, text FROM entry; COMMIT");
}

static void print(const char *sql, const char *word)
{
	sqlite3_stmt *st = prepare(sql);
	if (word) sqlite3_bind_text(st, 1, word, -1, SQLITE_STATIC);
	while (sqlite3_step(st) == SQLITE_ROW) puts((const char *)sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
}

int main(int argc, char **argv)
{
	if (argc < 3) return 0;
	if (sqlite3_open(argv[2], &db)) DIE("open %s", argv[2]);
	if (!strcmp(argv[1], "make")) make();
	else if (!strcmp(argv[1], "newest")) print("SELECT text FROM entry ORDER BY at DESC LIMIT 20", NULL);
	else if (!strcmp(argv[1], "word") && argc > 3) {
		print("SELECT count(*) FROM words WHERE words MATCH ?1", argv[3]);
		print("SELECT text FROM words WHERE words MATCH ?1 ORDER BY rank LIMIT 20", argv[3]);
	} else DIE("usage: reader [make|newest|word FILE [WORD]]");
	sqlite3_close(db);
	return 0;
}
