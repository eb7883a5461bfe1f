#include "support/family.h"

static struct t_family *
found(void **state, bool in_memory)
{
    struct t_family *f = calloc(1, sizeof *f);

    assert_non_null(f);
    t_world_init(&f->world, t_seed());
    f->world.in_memory = in_memory;
    t_device_found(&f->a, &f->world, "Laptop");
    *state = f;
    return f;
}

int
t_family_of_one(void **state)
{
    (void)found(state, false);
    return 0;
}

int
t_family_of_two(void **state)
{
    struct t_family *f = found(state, true);

    t_device_join(&f->b, &f->a, "Phone");
    T_SYNCS(&f->b);
    T_SYNCS(&f->a);
    return 0;
}

int
t_family_of_three(void **state)
{
    struct t_family *f;

    (void)t_family_of_two(state);
    f = *state;
    t_device_join(&f->c, &f->a, "Tablet");
    T_SYNCS(&f->c);
    T_SYNCS(&f->a);
    T_SYNCS(&f->b);
    return 0;
}

int
t_family_free(void **state)
{
    struct t_family *f = *state;

    t_device_free(&f->a);
    t_device_free(&f->b);
    t_device_free(&f->c);
    t_device_free(&f->d);
    t_world_wipe(&f->world);
    free(f);
    return 0;
}

void
t_family_write(struct t_device *d, uint8_t entry, const char *text)
{
    t_device_set(d, entry, "text", text);
    T_SYNCS(d);
}
