DROP TABLE search_sample;
DROP TABLE search_common;
