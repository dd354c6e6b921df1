-- Trigrams that many texts hold, each with the share of texts that do, in ten thousandths: a search that has rarer ones
-- does not ask the index for these, whose lists are as long as there are users. Found in a sample of the texts. What is
-- missing or wrong here makes searches slow, never wrong.
CREATE TABLE search_common (
  trigram TEXT NOT NULL PRIMARY KEY,
  share INTEGER NOT NULL
) WITHOUT ROWID;

-- The last user there was when the sample was taken. It is taken anew when there are twice as many.
CREATE TABLE search_sample (
  last_seq BIGINT NOT NULL PRIMARY KEY
);
