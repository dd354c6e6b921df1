DROP TABLE alert_webhook;
DROP TABLE suspicious_fact;
DROP TABLE suspicion;
