-- One row a request of a known connection, and one an operation of a bulk request. It points at nothing: a row says what
-- was, and stays when a connection or a token is gone.
CREATE TABLE provisioning_log (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  connection_id uuid NOT NULL,
  connection_name text NOT NULL,
  token_id text NOT NULL,
  at timestamptz NOT NULL,
  request_id text NOT NULL,
  part integer,
  client text,
  user_agent text,
  method text NOT NULL,
  path text NOT NULL,
  query text,
  status integer NOT NULL,
  micros bigint NOT NULL,
  did text NOT NULL,
  tolerated text,
  resource_type text,
  resource_id text,
  detail text,
  body text
);
CREATE INDEX provisioning_log_time ON provisioning_log (tenant_id, at);
CREATE INDEX provisioning_log_request ON provisioning_log (request_id);
