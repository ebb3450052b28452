-- Which other case stands on the same photograph. Only equality is asked, and a hash keeps four bytes of each digest
-- instead of thirty-two.
-- statement_timeout: 15min
create index photo_content on photo using hash (sha256);
