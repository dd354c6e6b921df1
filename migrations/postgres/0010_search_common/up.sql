-- Trigrams that many texts hold, each with the share of texts that do, in ten thousandths: a search that has rarer ones
-- does not ask the index for these, whose lists are as long as there are users. Found in a sample of the texts. What is
-- missing or wrong here makes searches slow, never wrong.
CREATE TABLE search_common (
  trigram text COLLATE "C" NOT NULL PRIMARY KEY,
  share integer NOT NULL
);

-- The last user there was when the sample was taken. It is taken anew when there are twice as many.
CREATE TABLE search_sample (
  last_seq bigint NOT NULL PRIMARY KEY
);
