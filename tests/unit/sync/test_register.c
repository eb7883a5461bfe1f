#include "support/accounts.h"
#include "support/world.h"

#include "base/unpack.h"
#include "sync/register.h"
#include "vault/settings.h"

struct fixture {
    struct t_env env;
    struct t_server *server;
    struct t_wire wire;
    struct t_peer laptop;
};

static int
set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    t_env_init(&f->env, t_seed());
    t_peer_found(&f->laptop, "laptop", NULL); /* which makes libsodium ready */
    f->server = t_server_new(&f->env);
    t_wire_init(&f->wire, &f->env, &f->server);
    *state = f;
    return 0;
}

static int
tear_down(void **state)
{
    struct fixture *f = *state;

    t_wire_wipe(&f->wire);
    t_server_free(f->server);
    t_peer_close(&f->laptop);
    free(f);
    return 0;
}

static struct rb_call *
call_server(struct fixture *f)
{
    const struct rb_call_options options = {
        .env = &f->env.env, .transport = &f->wire.transport, .link = t_server_link(f->server)};
    struct rb_call *call = NULL;

    T_OK(rb_call_open(&options, &call, T_ERR));
    return call;
}

static enum rebound_code
register_device(struct fixture *f, struct t_peer *device, const struct rb_link *link)
{
    struct rb_call *call = call_server(f);
    enum rebound_code rc = rb_register(call, device->account, link, T_ERR);

    rb_call_close(call);
    return rc;
}

/* One request about the account, by a device that proves itself. */
static enum rebound_code
ask(struct fixture *f, struct t_peer *device, Rb__Account__Op op, struct rb_token *token_out)
{
    struct rb_call *call = call_server(f);
    Rb__Account head = RB__ACCOUNT__INIT;
    ProtobufCMessage *answer = NULL;
    enum rebound_code rc;

    head.op = op;
    T_OK(rb_call_prove(call, rb_account_device(device->account), rb_account_id(device->account),
                       T_ERR));
    rc = rb_call_request(call, RB_REQUEST_ACCOUNT, &head.base, NULL, 0,
                         &rb__account_answer__descriptor, 0, &answer, NULL, NULL, T_ERR);
    if (token_out != NULL)
        assert_true(rb_token_from(token_out, rb_pb_slice(((Rb__AccountAnswer *)answer)->token)));
    rb_unpack_free(answer);
    rb_call_close(call);
    return rc;
}

static void
test_a_registered_account_may_prove_itself(void **state)
{
    struct fixture *f = *state;
    struct rb_link link = t_server_link(f->server);

    T_FAILS_WITH(REBOUND_REFUSED, ask(f, &f->laptop, RB__ACCOUNT__OP__USAGE, NULL));
    T_OK(register_device(f, &f->laptop, &link));
    T_OK(ask(f, &f->laptop, RB__ACCOUNT__OP__USAGE, NULL));
    T_OK(register_device(f, &f->laptop, &link)); /* once more does no harm */
    T_OK(ask(f, &f->laptop, RB__ACCOUNT__OP__USAGE, NULL));
}

static void
test_an_invite_opens_one_account(void **state)
{
    struct fixture *f = *state;
    struct t_peer guest, other;
    struct rb_link link = t_server_link(f->server);

    T_OK(register_device(f, &f->laptop, &link));
    t_peer_found(&guest, "guest", NULL);
    t_peer_found(&other, "other", NULL);
    link.token_kind = RB_LINK_INVITE;
    memset(link.token.bytes, 1, sizeof link.token.bytes);
    T_FAILS_WITH(REBOUND_EXPIRED, register_device(f, &guest, &link)); /* never made there */
    T_OK(ask(f, &f->laptop, RB__ACCOUNT__OP__MINT_INVITE, &link.token));
    T_OK(register_device(f, &guest, &link));
    T_OK(register_device(f, &guest, &link)); /* the same again is answered as before */
    T_OK(ask(f, &guest, RB__ACCOUNT__OP__USAGE, NULL));
    T_FAILS_WITH(REBOUND_EXPIRED, register_device(f, &other, &link));
    t_peer_close(&guest);
    t_peer_close(&other);
}

static void
test_only_the_founding_device_opens_the_account_even_under_later_keys(void **state)
{
    struct fixture *f = *state;
    struct rb_link link = t_server_link(f->server);
    struct t_peer phone, copy;

    t_peer_join(&phone, "phone", &f->laptop);
    T_FAILS_WITH(REBOUND_NOT_FOUND, register_device(f, &phone, &link));
    t_peer_copy(&f->laptop, &copy);
    T_OK(rb_vault_begin(copy.vault, T_ERR));
    T_OK(rb_account_want_successor(copy.account, 0, T_ERR));
    T_OK(rb_vault_commit(copy.vault, T_ERR));
    assert_true(t_peer_issue(&copy));
    T_OK(register_device(f, &copy, &link));
    T_OK(ask(f, &f->laptop, RB__ACCOUNT__OP__USAGE, NULL));
    t_peer_close(&copy);
    t_peer_close(&phone);
}

static void
test_a_persons_link_is_refused_before_anything_is_sent(void **state)
{
    struct fixture *f = *state;
    struct rb_link link = t_server_link(f->server);

    link.token_kind = RB_LINK_MEETING;
    T_FAILS_WITH(REBOUND_MISUSE, register_device(f, &f->laptop, &link));
    assert_int_equal(t_server_requests(f->server, RB_REQUEST_REGISTER), 0);
}

static void
answer_another_account(void *ctx, uint16_t kind, uint32_t id, struct rb_buf *answer)
{
    Rb__RegisterAnswer head = RB__REGISTER_ANSWER__INIT;
    uint8_t wrong[32] = {6};

    (void)ctx;
    if (kind != RB_REQUEST_REGISTER)
        return;
    rb_buf_clear(answer);
    head.account = rb_pb_bytes(rb_slice_of(wrong, sizeof wrong));
    T_OK(rb_wire_put(answer, id, RB_REQUEST_REGISTER | RB_REQUEST_ANSWER, &head.base, NULL, 0,
                     T_ERR));
}

static void
test_an_answer_about_another_account_is_not_believed(void **state)
{
    struct fixture *f = *state;
    const struct t_liar liar = {.answer = answer_another_account};
    struct rb_link link = t_server_link(f->server);

    t_server_set_liar(f->server, &liar);
    T_FAILS_WITH(REBOUND_TAMPERED, register_device(f, &f->laptop, &link));
}

/* --- which server --- */

static void
put_server(struct t_peer *device, const struct rb_link *link)
{
    T_OK(rb_vault_begin(device->vault, T_ERR));
    T_OK(rb_server_put(device->vault, link, T_ERR));
    T_OK(rb_vault_commit(device->vault, T_ERR));
}

static void
test_a_server_is_kept_without_its_invite(void **state)
{
    struct fixture *f = *state;
    struct rb_link link = t_server_link(f->server), back;
    struct rb_link keyless;
    struct rb_buf text = {0};
    char printed[RB_LINK_TEXT_MAX];
    bool found = true;

    T_OK(rb_server_get(f->laptop.vault, &back, &found, T_ERR));
    assert_false(found);
    keyless = link;
    keyless.has_key = false;
    T_FAILS_WITH(REBOUND_MISUSE, rb_server_put(f->laptop.vault, &keyless, T_ERR));
    link.token_kind = RB_LINK_INVITE;
    memset(link.token.bytes, 0x77, sizeof link.token.bytes);
    put_server(&f->laptop, &link);
    T_OK(rb_server_get(f->laptop.vault, &back, &found, T_ERR));
    assert_true(found);
    assert_int_equal(back.token_kind, RB_LINK_NO_TOKEN);
    assert_memory_equal(&back.key, &link.key, sizeof back.key);
    assert_string_equal(back.host, link.host);
    assert_int_equal(back.port, link.port);
    T_OK(rb_settings_get(f->laptop.vault, "server/link", &text, &found, T_ERR));
    rb_link_print(&link, true, printed);
    assert_false(rb_slice_equal(rb_buf_slice(&text), rb_slice_text(printed)));
    rb_link_print(&link, false, printed);
    assert_true(rb_slice_equal(rb_buf_slice(&text), rb_slice_text(printed)));
    rb_buf_free(&text);
}

static uint64_t
acknowledged(struct t_peer *device)
{
    struct rb_head head;
    uint64_t number = 0;

    T_OK(rb_records_control_head(device->vault, rb_account_id(device->account), &head, &number,
                                 T_ERR));
    return number;
}

static void
test_what_is_known_of_a_server_goes_with_its_key_not_its_address(void **state)
{
    struct fixture *f = *state;
    struct rb_link link = t_server_link(f->server);

    put_server(&f->laptop, &link);
    t_peer_acknowledge(&f->laptop);
    assert_int_equal(acknowledged(&f->laptop), 2);
    link.port++;
    put_server(&f->laptop, &link);
    assert_int_equal(acknowledged(&f->laptop), 2);
    link.key.bytes[0] ^= 1;
    put_server(&f->laptop, &link);
    assert_int_equal(acknowledged(&f->laptop), 0);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_a_registered_account_may_prove_itself),
        CASE(test_an_invite_opens_one_account),
        CASE(test_only_the_founding_device_opens_the_account_even_under_later_keys),
        CASE(test_a_persons_link_is_refused_before_anything_is_sent),
        CASE(test_an_answer_about_another_account_is_not_believed),
        CASE(test_a_server_is_kept_without_its_invite),
        CASE(test_what_is_known_of_a_server_goes_with_its_key_not_its_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
