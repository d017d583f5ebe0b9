/* A host app in C: opens the library, makes every call that may come before the first acceptance, then accepts, grants
 * and shares. Each phase is announced by access("/sluicegate-marker/NAME"), which strace sees and nothing else does.
 *
 *   touch LIBRARY             only loads the library
 *   touch LIBRARY IN STORE    with what it needs in the folder IN, the vault in STORE
 *
 * The lowering is UniFFI 0.32's: integers big-endian, texts with a length before them inside of records.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { uint64_t capacity, len; uint8_t *data; } RustBuffer;
typedef struct { int32_t len; const uint8_t *data; } ForeignBytes;
typedef struct { int8_t code; RustBuffer error; } Status;

static void *library;
static const char *in_folder;
static uint64_t gate;
static int provided;
static const int64_t NOON = 1795521600000; /* 2026-11-24T12:00:00Z, as the other tests */

static void marker(const char *name) {
    char path[64] = "/sluicegate-marker/";
    strncat(path, name, sizeof path - strlen(path) - 1);
    access(path, F_OK);
}

static void fail(const char *what, const char *why) {
    fprintf(stderr, "touch: %s: %s\n", what, why);
    exit(1);
}

/* The function of this name in the library. */
static void *function(const char *name) {
    void *found = dlsym(library, name);
    if (!found) fail(name, "not in the library");
    return found;
}

#define CALL(RETURNS, NAME, ...) ((RETURNS (*)(__VA_ARGS__))function("uniffi_sluicegate_fn_" NAME))
#define METHOD(RETURNS, NAME, ...) CALL(RETURNS, "method_sluicegate_" NAME, uint64_t, __VA_ARGS__)

static void ok(const char *what, Status *status) {
    if (status->code == 0) return;
    fprintf(stderr, "touch: %s: %.*s\n", what, (int)status->error.len, (char *)status->error.data);
    exit(1);
}

/* Every method takes its own reference. */
static uint64_t self(void) {
    Status status = {0};
    uint64_t own = CALL(uint64_t, "clone_sluicegate", uint64_t, Status *)(gate, &status);
    ok("clone", &status);
    return own;
}

/* ---- lowering */

typedef struct { uint8_t *bytes; size_t len; } Out;

static void raw(Out *out, const void *bytes, size_t len) {
    out->bytes = realloc(out->bytes, out->len + len + 1);
    memcpy(out->bytes + out->len, bytes, len);
    out->len += len;
}

static void number(Out *out, int64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; i--) {
        uint8_t byte = (uint8_t)((uint64_t)value >> (8 * i));
        raw(out, &byte, 1);
    }
}

static void text(Out *out, const char *value) {
    number(out, (int64_t)strlen(value), 4);
    raw(out, value, strlen(value));
}

static void maybe(Out *out, const char *value) {
    number(out, value != NULL, 1);
    if (value) text(out, value);
}

static RustBuffer lower(Out out) {
    Status status = {0};
    ForeignBytes bytes = {(int32_t)out.len, out.bytes ? out.bytes : (const uint8_t *)""};
    RustBuffer buffer = ((RustBuffer (*)(ForeignBytes, Status *))function("ffi_sluicegate_rustbuffer_from_bytes"))(bytes, &status);
    ok("rustbuffer_from_bytes", &status);
    free(out.bytes);
    return buffer;
}

static RustBuffer word(const char *value) {
    Out out = {0};
    raw(&out, value, strlen(value));
    return lower(out);
}

static RustBuffer none(void) {
    Out out = {0};
    number(&out, 0, 1);
    return lower(out);
}

static void drop(RustBuffer buffer) {
    Status status = {0};
    ((void (*)(RustBuffer, Status *))function("ffi_sluicegate_rustbuffer_free"))(buffer, &status);
    ok("rustbuffer_free", &status);
}

/* ---- the host that is asked for values */

static int64_t take(const uint8_t **at, int bytes) {
    uint64_t value = 0;
    while (bytes-- > 0) value = value << 8 | *(*at)++;
    return (int64_t)value;
}

static void skip(const uint8_t **at) {
    int64_t len = take(at, 4);
    *at += len;
}

static void provide(uint64_t handle, RustBuffer wanted, RustBuffer *given, Status *status) {
    (void)handle, (void)status;
    provided++;
    const uint8_t *at = wanted.data;
    skip(&at), skip(&at); /* account, row */
    if (take(&at, 1)) skip(&at); /* order */
    int64_t count = take(&at, 4);
    Out out = {0};
    number(&out, count, 4);
    for (; count > 0; count--) {
        int64_t len = take(&at, 4);
        char item[128] = {0};
        memcpy(item, at, (size_t)len < sizeof item ? (size_t)len : sizeof item - 1);
        at += len;
        text(&out, item);
        int is_number = !strcmp(item, "order.amount_minor") || !strcmp(item, "order.created_at");
        int is_text = !strcmp(item, "order.id") || !strcmp(item, "order.currency");
        number(&out, is_number || is_text, 1);
        if (is_number) number(&out, 2, 4), number(&out, NOON, 8);
        if (is_text) number(&out, 3, 4), text(&out, strcmp(item, "order.id") ? "CNY" : "1688-0001");
    }
    drop(wanted);
    *given = lower(out);
}

static void host_free(uint64_t handle) { (void)handle; }
static uint64_t host_clone(uint64_t handle) { return handle; }

static const struct {
    void (*free)(uint64_t);
    uint64_t (*clone)(uint64_t);
    void (*provide)(uint64_t, RustBuffer, RustBuffer *, Status *);
} HOST = {host_free, host_clone, provide};

/* ---- what is asked */

/* A file of the folder IN; waits for it, if it is still to come. */
static char *file(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", in_folder, name);
    for (int tries = 0; access(path, R_OK) != 0; tries++) {
        if (tries == 3000) fail(name, "did not come");
        usleep(10000);
    }
    FILE *from = fopen(path, "r");
    char *content = calloc(1, 1 << 20);
    if (!from || fread(content, 1, (1 << 20) - 1, from) == 0) fail(name, "can't be read");
    fclose(from);
    content[strcspn(content, "\n")] = 0;
    return content;
}

typedef struct { const char *scenario, *recipient, *id, *key, *card, *order, *request; } Row;

static void party(Out *out, const Row *row) {
    text(out, row->recipient), text(out, row->id), maybe(out, row->key), maybe(out, row->card);
}

static const char *const OVER_14 = "\0\0\0\3";

static RustBuffer asked(const Row *row, int attempt, int64_t at) {
    Out out = {0};
    text(&out, "lin"), raw(&out, OVER_14, 4), text(&out, row->scenario), party(&out, row);
    maybe(&out, row->order), number(&out, attempt, 4), text(&out, "nonce"), maybe(&out, row->request);
    number(&out, at, 8);
    return lower(out);
}

static RustBuffer act(void) {
    Out out = {0};
    number(&out, NOON, 8), text(&out, "zh"), text(&out, "c"), number(&out, 0, 1);
    return lower(out);
}

static RustBuffer about(const char *row, const char *party) {
    Out out = {0};
    number(&out, 1, 4), text(&out, row), text(&out, party), number(&out, 0, 1);
    return lower(out);
}

/* 1 if the outcome of a share is Permitted, 2 if it is Withheld. */
static int share(const Row *row, int attempt) {
    Status status = {0};
    RustBuffer outcome = METHOD(RustBuffer, "share", RustBuffer, Status *)(self(), asked(row, attempt, NOON + 10000), &status);
    ok("share", &status);
    const uint8_t *at = outcome.data;
    int kind = (int)take(&at, 4);
    drop(outcome);
    return kind;
}

/* A call that takes the account and the time and gives a buffer. */
#define OF_ACCOUNT(NAME) do { \
    Status status = {0}; \
    RustBuffer given = METHOD(RustBuffer, NAME, RustBuffer, int64_t, Status *)(self(), word("lin"), NOON, &status); \
    ok(NAME, &status), drop(given); \
} while (0)

/* A call that takes the time and gives a buffer. */
#define AT_A_TIME(NAME) do { \
    Status status = {0}; \
    RustBuffer given = METHOD(RustBuffer, NAME, int64_t, Status *)(self(), NOON, &status); \
    ok(NAME, &status), drop(given); \
} while (0)

/* An answer about the row, given by this call; whether it was taken. */
#define ANSWER(NAME, ROW, PARTY, STATUS) \
    METHOD(uint64_t, NAME, RustBuffer, RustBuffer, RustBuffer, Status *)(self(), word("lin"), about(ROW, PARTY), act(), STATUS)

static void before_acceptance(const Row *rows, int count) {
    for (int i = 0; i < count; i++) {
        if (share(&rows[i], 1) != 2) fail(rows[i].scenario, "something left before the notice was accepted");
        Out out = {0};
        text(&out, "lin"), raw(&out, OVER_14, 4), text(&out, rows[i].scenario), party(&out, &rows[i]);
        text(&out, "en"), number(&out, NOON, 8);
        Status status = {0};
        drop(METHOD(RustBuffer, "explain", RustBuffer, Status *)(self(), lower(out), &status));
        ok("explain", &status);
        if (strcmp(rows[i].scenario, "ad.delivery")) continue;
        out = (Out){0};
        text(&out, "lin"), raw(&out, OVER_14, 4), text(&out, rows[i].scenario), party(&out, &rows[i]);
        text(&out, "event-1"), text(&out, "ad.exposure"), text(&out, "creative-1"), number(&out, NOON, 8);
        drop(METHOD(RustBuffer, "record_event", RustBuffer, Status *)(self(), lower(out), &status));
        ok("record_event", &status);
    }
    OF_ACCOUNT("answers");
    OF_ACCOUNT("export_account");
    AT_A_TIME("ledger");
    AT_A_TIME("export_ledger");
    AT_A_TIME("reads");

    Status status = {0};
    drop(METHOD(RustBuffer, "prove", uint64_t, int64_t, Status *)(self(), 0, NOON, &status));
    ok("prove", &status);
    drop(METHOD(RustBuffer, "outbox", uint32_t, int64_t, Status *)(self(), 10, NOON, &status));
    ok("outbox", &status);
    Out ids = {0};
    number(&ids, 1, 4), number(&ids, 1, 8);
    METHOD(void, "acknowledge", RustBuffer, int64_t, Status *)(self(), lower(ids), NOON, &status);
    ok("acknowledge", &status);
    METHOD(void, "confirm_time", int64_t, Status *)(self(), NOON, &status);
    ok("confirm_time", &status);
    ANSWER("asked", "alipay.payment", "alipay", &status);
    ok("asked", &status);
    ANSWER("refuse", "ads.delivery", "lantern", &status);
    ok("refuse", &status);
    ANSWER("withdraw", "alipay.payment", "alipay", &status);
    ok("withdraw", &status);
    ANSWER("grant", "alipay.payment", "alipay", &status);
    if (status.code != 1) fail("grant", "was taken before the notice was accepted");
    drop(status.error), status = (Status){0};
    METHOD(int8_t, "erase", RustBuffer, int64_t, Status *)(self(), word("nobody"), NOON, &status);
    ok("erase", &status);
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 4) fail("usage", "touch LIBRARY [IN STORE]");
    marker("load");
    library = dlopen(argv[1], RTLD_NOW);
    marker("loaded");
    if (!library) fail(argv[1], dlerror());
    if (argc == 2) return 0;

    in_folder = argv[2];
    char *signed_register = file("register"), *controller = file("controller.jwk");
    char *lantern = file("lantern.jwk"), *heron = file("heron.jwk"), *kite = file("kite.card"), *aml = file("aml.request");
    const Row rows[] = {
        {"order.payment", "alipay", "alipay", NULL, NULL, "1688-0001", NULL},
        {"aml.submission", "alipay", "alipay", NULL, NULL, "1688-0001", aml},
        {"order.placed", "merchants", "shop-7", NULL, NULL, "1688-0001", NULL},
        {"ad.delivery", "ads", "lantern", lantern, NULL, NULL, NULL},
        {"ad.delivery", "ads", "kite", NULL, kite, NULL, NULL},
        {"order.placed", "logistics", "heron", heron, NULL, "1688-0001", NULL},
    };

    marker("before");
    CALL(void, "init_callback_vtable_provider", const void *)(&HOST);
    Status status = {0};
    drop(CALL(RustBuffer, "func_version", Status *)(&status));
    Out options = {0};
    text(&options, signed_register), text(&options, controller), maybe(&options, argv[3]), number(&options, NOON, 8);
    gate = CALL(uint64_t, "constructor_sluicegate_open", RustBuffer, uint64_t, RustBuffer, RustBuffer, Status *)(
        lower(options), 1, none(), none(), &status);
    ok("open", &status);
    RustBuffer request = METHOD(RustBuffer, "enroll", RustBuffer, RustBuffer, int64_t, Status *)(
        self(), word("alipay"), word("nonce"), NOON, &status);
    ok("enroll", &status);
    before_acceptance(rows, sizeof rows / sizeof *rows);
    marker("enrolling");

    /* The controller's back end certifies the key: the request goes to it, the certificate comes back. */
    if (provided) fail("provide", "was called before the notice was accepted");
    fwrite(request.data, 1, request.len, stdout), puts(""), fflush(stdout), drop(request);
    char *certificate = file("certificate");

    marker("certified");
    METHOD(void, "complete_enrolment", RustBuffer, RustBuffer, int64_t, Status *)(
        self(), word("alipay"), word(certificate), NOON, &status);
    ok("complete_enrolment", &status);
    for (int i = 0; i < (int)(sizeof rows / sizeof *rows); i++)
        if (share(&rows[i], 2) != 2) fail(rows[i].scenario, "something left before the notice was accepted");
    if (provided) fail("provide", "was called before the notice was accepted");

    marker("accepting");
    METHOD(uint64_t, "accept_notice", RustBuffer, uint32_t, RustBuffer, Status *)(self(), word("lin"), 1, act(), &status);
    ok("accept_notice", &status);
    marker("accepted");
    if (share(&rows[0], 3) != 1) fail("share", "the order's own items did not leave");
    marker("granting");
    ANSWER("grant", "alipay.payment", "alipay", &status);
    ok("grant", &status);
    marker("granted");
    if (share(&rows[0], 4) != 1) fail("share", "nothing left after the grant");
    marker("done");
    if (provided != 2) fail("provide", "was not called once for each share");
    CALL(void, "free_sluicegate", uint64_t, Status *)(gate, &status);
    ok("free", &status);
    return 0;
}
