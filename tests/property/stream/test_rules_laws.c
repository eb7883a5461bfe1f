/* Laws of rules on random histories of an account. */
#include "support/streams.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/secret.h"
#include "support/t.h"

#define RECORDS 40

static uint64_t
next(uint64_t *seed) /* splitmix64 */
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Writes one valid record: adds a device, revokes one, or makes a new account key. `now` are the current devices. */
static void
grow(struct t_stream *home, struct t_draft *draft, char now[32], char *unused, uint64_t *seed)
{
    size_t n = strlen(now), victim = next(seed) % n;
    uint64_t choice = next(seed) % 3;
    char signer = now[next(seed) % n];
    char recipients[40];

    if (choice == 0 && n < 8) {
        t_add_device(draft, rb_rules_nonce(home->rules), *unused, signer);
        now[n] = (*unused)++;
        now[n + 1] = '\0';
    } else if (choice == 1 && n > 1) {
        t_revoke(draft, now[victim], next(seed) % 100);
        memmove(now + victim, now + victim + 1, n - victim);
        snprintf(recipients, sizeof recipients, "%s!", now);
        t_new_epoch(draft, rb_rules_epoch(home->rules) + 1, recipients);
    } else {
        t_account_key(draft, (char)('a' + next(seed) % 26));
    }
    t_stream_add(home, draft, signer);
}

static void
assert_applies_equally(const struct t_stream *home)
{
    struct rb_rules *trusted = NULL;
    struct rb_buf a = {0}, b = {0};
    struct rb_record record;

    assert_int_equal(rb_rules_new(&trusted, NULL), REBOUND_OK);
    for (size_t i = 0; i < home->n; i++) {
        assert_int_equal(rb_record_parse(rb_buf_slice(&home->records[i]), &record, NULL), REBOUND_OK);
        assert_int_equal(rb_rules_apply_trusted(trusted, &record, NULL), REBOUND_OK);
    }
    t_rules_print(home->rules, &a);
    t_rules_print(trusted, &b);
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.ptr, b.ptr, a.len);
    rb_buf_free(&a);
    rb_buf_free(&b);
    rb_rules_free(trusted);
}

static void
test_random_valid_chains_apply_and_mean_the_same_whether_trusted_or_verified(void **state)
{
    uint64_t seed = t_seed();

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct t_stream *home = calloc(1, sizeof *home);
        struct t_draft *draft = calloc(1, sizeof *draft);
        char now[32] = "A", unused = (char)-100; /* letters of devices to come: apart from all others */

        assert_non_null(home);
        assert_non_null(draft);
        t_draft_init(draft);
        t_stream_found_home(home, 'A', '!', 'a');
        for (int i = 0; i < RECORDS; i++)
            grow(home, draft, now, &unused, &seed);
        assert_applies_equally(home);
        t_stream_free(home);
        t_draft_free(draft);
        free(home);
        free(draft);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_valid_chains_apply_and_mean_the_same_whether_trusted_or_verified),
    };

    if (rb_secret_init(NULL) != REBOUND_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
