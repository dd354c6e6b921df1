DROP TABLE sealed_key;
DROP TABLE installation;
