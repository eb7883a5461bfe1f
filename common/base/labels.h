/* Every domain-separation string and derivation context, in one table. One key, one purpose; one label, one meaning.
 * A test asserts that all are distinct and that none is a prefix of another (each ends with its NUL when hashed).
 */
#ifndef RB_BASE_LABELS_H
#define RB_BASE_LABELS_H

/* X(name, text) */
#define RB_LABEL_TABLE(X)                                                                                              \
    /* hashes */                                                                                                       \
    X(STREAM_ID, "rebound 1 stream id")               /* body of a genesis record -> stream id */                      \
    X(RECORD_ID, "rebound 1 record id")               /* header with ciphertext hash -> record id */                   \
    X(CIPHERTEXT, "rebound 1 ciphertext")             /* ciphertext, or body of a control record -> hash in header */  \
    X(EPOCH_COMMITMENT, "rebound 1 epoch commitment") /* stream, number, key -> commitment in a new-epoch act */       \
    X(INVITE, "rebound 1 invite token")               /* token -> what a server keeps of it */                         \
    X(SAFETY, "rebound 1 safety number")                                                                               \
    X(BLOB, "rebound 1 blob")                         /* sealed chunk of an attachment -> its name */                  \
    X(ARCHIVE_CHECK, "rebound 1 archive check")       /* header of an archive -> check in it */                        \
    /* signatures */                                                                                                   \
    X(SIGN_RECORD, "rebound 1 sign sealed record")                                                                     \
    X(SIGN_CONTROL, "rebound 1 sign control record")                                                                   \
    X(SIGN_PROVE, "rebound 1 sign prove")                                                                              \
    X(SIGN_REGISTER, "rebound 1 sign register")                                                                        \
    X(SIGN_INTRODUCTION, "rebound 1 sign introduction")                                                                \
    /* keyed derivations: key -> key */                                                                                \
    X(RECORD_WRAP, "rebound 1 record wrap")             /* epoch key -> key that wraps record keys */                  \
    X(RECORD_ENCRYPT, "rebound 1 record encrypt")       /* record key, salt, header -> encryption key */               \
    X(RECORD_COMMIT, "rebound 1 record commit")         /* record key, salt, header -> commitment */                   \
    X(EPOCH_BOX, "rebound 1 epoch box")                 /* X25519 shared secret -> key of an epoch box */              \
    X(EPOCH_PRIOR, "rebound 1 epoch prior")             /* epoch key -> key that seals the epoch before it */          \
    X(ACCOUNT_KEY, "rebound 1 account key")             /* home epoch key -> key that seals the account key */         \
    X(RECOVERY_SIGN, "rebound 1 recovery sign seed")    /* entropy of the words -> Ed25519 seed */                     \
    X(RECOVERY_BOX, "rebound 1 recovery box seed")      /* entropy of the words -> X25519 seed */                      \
    X(DEVICE_SIGN, "rebound 1 device sign seed")        /* device seed -> Ed25519 seed */                              \
    X(DEVICE_BOX, "rebound 1 device box seed")          /* device seed -> X25519 seed */                               \
    X(VAULT_WRAP, "rebound 1 vault wrap")               /* Argon2id output -> key that wraps the vault key */          \
    X(VAULT_COMMIT, "rebound 1 vault commit")           /* Argon2id output -> commitment in the key file */            \
    X(VAULT_PAGE, "rebound 1 vault page")               /* vault key -> key of database pages */                       \
    X(VAULT_JOURNAL, "rebound 1 vault journal")         /* vault key -> key of rollback journal pages */               \
    X(VAULT_CHECKSUM, "rebound 1 vault checksum")       /* vault key -> key that masks journal checksums */            \
    X(VAULT_HEADER, "rebound 1 vault header")           /* vault key -> key of codes over journal headers */           \
    X(VAULT_ID, "rebound 1 vault id")                   /* vault key -> key id in page 1 */                            \
    X(PAIRING_SEAL_HOLDER, "rebound 1 pairing seal holder") /* session key -> key of what the holder seals */          \
    X(PAIRING_SEAL_JOINER, "rebound 1 pairing seal joiner") /* session key -> key of what the joiner seals */          \
    X(PAIRING_ENCRYPT, "rebound 1 pairing encrypt")     /* that key, number, nonce -> encryption key */                \
    X(PAIRING_COMMIT, "rebound 1 pairing commit")       /* that key, number, nonce -> commitment */                    \
    X(ATTACHMENT_CONTENT, "rebound 1 attachment content")   /* attachment key -> key of its chunks */                  \
    X(ATTACHMENT_MANIFEST, "rebound 1 attachment manifest") /* attachment key -> key of its list of chunks */          \
    X(ARCHIVE_SEAL, "rebound 1 archive seal")           /* Argon2id output -> key of an archive's messages */          \
    X(ARCHIVE_COMMIT, "rebound 1 archive commit")       /* Argon2id output, header -> commitment in it */              \
    /* CPace */                                                                                                        \
    X(CPACE_LINK, "rebound 1 link device")              /* purpose in the channel identifier */                        \
    X(CPACE_MEET, "rebound 1 meet person")                                                                             \
    X(CPACE_HOLDER, "rebound 1 pairing holder")         /* associated data of the holder's share */                    \
    X(CPACE_JOINER, "rebound 1 pairing joiner")         /* associated data of the joiner's share */                    \
    /* entries whose id derives from what they are about */                                                            \
    X(DEVICE_ENTRY, "rebound 1 device entry")           /* device key -> id of the entry that names the device */ \
    X(IMPORTED_ENTRY, "rebound 1 imported entry")       /* all it holds -> id of an entry that brought none */

#define RB_LABEL_CONSTANT(name, text) static const char RB_LABEL_##name[] __attribute__((unused)) = text;
RB_LABEL_TABLE(RB_LABEL_CONSTANT)
#undef RB_LABEL_CONSTANT

#endif
