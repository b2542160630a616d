import { type SqliteLayout } from './sqlite-database.js'

/**
 * Times are milliseconds since 1970. `doc` is the place of a document in the order of insertion and is never used again;
 * keys and lookups point to it. Only what waits for publication is in `documents_outbox`, only tombstones in `documents_tombstones`.
 * Audit records come by the thousand a second, so they have the indexes that a search cannot do without and no other.
 */
export const storeLayout: SqliteLayout = {
  applicationId: 0x43_4d_42_31, // "CMB1"
  version: 1,
  synchronous: 'FULL',
  create: `
    CREATE TABLE documents (
      doc INTEGER PRIMARY KEY AUTOINCREMENT,
      collection TEXT NOT NULL,
      org TEXT NOT NULL,
      id TEXT NOT NULL,
      rev INTEGER NOT NULL,
      published_rev INTEGER NOT NULL DEFAULT 0,
      published_at INTEGER,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      schema_version INTEGER NOT NULL,
      value TEXT,
      UNIQUE (collection, org, id)
    ) STRICT;
    CREATE INDEX documents_by_creation ON documents (collection, org, created_at, id) WHERE value IS NOT NULL;
    CREATE INDEX documents_by_place ON documents (collection, doc);
    CREATE INDEX documents_outbox ON documents (collection, updated_at, doc) WHERE rev > published_rev;
    CREATE INDEX documents_tombstones ON documents (collection, published_at) WHERE value IS NULL;

    CREATE TABLE document_keys (
      collection TEXT NOT NULL, key TEXT NOT NULL, doc INTEGER NOT NULL,
      PRIMARY KEY (collection, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX document_keys_by_doc ON document_keys (doc);

    CREATE TABLE document_lookups (
      collection TEXT NOT NULL, org TEXT NOT NULL, lookup TEXT NOT NULL, doc INTEGER NOT NULL,
      PRIMARY KEY (collection, org, lookup, doc)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX document_lookups_by_doc ON document_lookups (doc);

    CREATE TABLE leases (
      name TEXT PRIMARY KEY, holder TEXT, term INTEGER NOT NULL, expires_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE single_use (
      namespace TEXT NOT NULL, key TEXT NOT NULL, expires_at INTEGER NOT NULL,
      PRIMARY KEY (namespace, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX single_use_by_expiry ON single_use (expires_at);

    CREATE TABLE idempotency (
      key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, claim TEXT NOT NULL,
      pending_until INTEGER NOT NULL, expires_at INTEGER NOT NULL, answer BLOB
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

    CREATE TABLE audit_batches (
      id TEXT PRIMARY KEY, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE audit_records (
      org TEXT NOT NULL, writer TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL,
      request_id TEXT NOT NULL, client_id TEXT, outcome TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL,
      PRIMARY KEY (org, writer, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX audit_by_time ON audit_records (org, at, writer, seq);
    CREATE INDEX audit_by_request ON audit_records (org, request_id);
    CREATE INDEX audit_by_client ON audit_records (org, client_id, at, writer, seq) WHERE client_id IS NOT NULL`,
}
