ALTER TABLE connection DROP COLUMN rate;
