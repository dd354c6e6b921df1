DROP TABLE mfa_reset;
