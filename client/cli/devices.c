#include "cli/devices.h"

#include <stdio.h>

#include "cli/when.h"

struct showing {
    struct rb_out *out;
    int64_t now_ms, newest_ms;
};

static void
device_json(struct rb_out *out, const struct rebound_device *d)
{
    rb_json_object(out, NULL);
    rb_json_text(out, "name", d->name);
    rb_json_text(out, "key", d->key);
    rb_json_bool(out, "this", d->is_this);
    rb_json_bool(out, "recovery", d->is_recovery);
    rb_json_bool(out, "revoked", d->revoked);
    rb_json_text(out, "continued_as", d->continued_as[0] != '\0' ? d->continued_as : NULL);
    rb_json_time(out, "heard", d->heard_ms);
    rb_json_end(out);
}

static void
device_text(struct showing *s, const struct rebound_device *d)
{
    char about[160], age[RB_WHEN_MAX], key[9];

    (void)snprintf(key, sizeof key, "%.8s", d->key);
    if (d->revoked)
        (void)snprintf(about, sizeof about, "%s", rebound_text("revoked"));
    else if (d->is_recovery)
        (void)snprintf(about, sizeof about, "%s", rebound_text("the recovery words"));
    else if (d->is_this)
        (void)snprintf(about, sizeof about, "%s", rebound_text("this device"));
    else
        (void)snprintf(about, sizeof about, rebound_text("heard from: %s"),
                       rb_when_age(age, d->heard_ms, s->now_ms));
    rb_out_cell(s->out, d->is_this ? "*" : " ", 1);
    rb_out_cell(s->out, d->name, 20);
    rb_out_cell(s->out, key, 8);
    rb_out_last(s->out, about, 35);
    if (d->continued_as[0] != '\0' && !d->revoked)
        rb_out_printf(s->out,
                      "   goes on as \"%s\"; `rebound devices revoke %s` ends the old key\n",
                      d->continued_as, key);
}

static void
each(void *ctx, const struct rebound_device *d)
{
    struct showing *s = ctx;

    if (!d->revoked && d->heard_ms > s->newest_ms)
        s->newest_ms = d->heard_ms;
    device_json(s->out, d);
    device_text(s, d);
}

rb_result
rb_devices_show(struct rb_cli *cli, int64_t *newest_out, struct rebound_error *err)
{
    struct showing s = {.out = &cli->out, .now_ms = rb_when_now()};
    enum rebound_code rc = REBOUND_OK;

    rb_json_list(&cli->out, "devices");
    TRY(rebound_devices(cli->vault, each, &s, err));
    rb_json_end(&cli->out);
    if (newest_out != NULL)
        *newest_out = s.newest_ms;
out:
    return rc;
}

rb_result
rb_devices_show_newest(struct rb_cli *cli, struct rebound_error *err)
{
    char age[RB_WHEN_MAX];
    int64_t newest = 0;
    enum rebound_code rc = REBOUND_OK;

    rb_out_note(&cli->out, "Devices of this account:\n");
    TRY(rb_devices_show(cli, &newest, err));
    rb_out_note(&cli->out, "Newest record: %s.\n", rb_when_age(age, newest, rb_when_now()));
    rb_json_time(&cli->out, "newest", newest);
out:
    return rc;
}
