-- Letters that wait for their batch, asked for by the print house's day: few rows of a table that grows.
-- statement_timeout: 15min
create index notice_held on notice (cell, notice_id) where channel = 'letter' and state = 'held' and step is null;
