-- Requests a second that the connection may send; null is no limit.
ALTER TABLE connection ADD COLUMN rate INTEGER;
