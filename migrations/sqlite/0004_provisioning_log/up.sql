-- One row a request of a known connection, and one an operation of a bulk request. It points at nothing: a row says what
-- was, and stays when a connection or a token is gone.
CREATE TABLE provisioning_log (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL,
  connection_id BLOB NOT NULL,
  connection_name TEXT NOT NULL,
  token_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  request_id TEXT NOT NULL,
  part INTEGER,
  client TEXT,
  user_agent TEXT,
  method TEXT NOT NULL,
  path TEXT NOT NULL,
  query TEXT,
  status INTEGER NOT NULL,
  micros BIGINT NOT NULL,
  did TEXT NOT NULL,
  tolerated TEXT,
  resource_type TEXT,
  resource_id TEXT,
  detail TEXT,
  body TEXT
);
CREATE INDEX provisioning_log_time ON provisioning_log (tenant_id, at);
CREATE INDEX provisioning_log_request ON provisioning_log (request_id);
