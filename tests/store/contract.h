/* What every store must keep, as cases that each implementation runs: server/store/store.h. */
#ifndef T_STORE_CONTRACT_H
#define T_STORE_CONTRACT_H

#include "store/filling.h"

/* A fresh, empty store: its URL, borrowed until exit. */
typedef const char *(*t_store_new)(void);

/* Runs all cases; the number of those that failed. */
int t_store_contract(t_store_new fresh);

#endif
