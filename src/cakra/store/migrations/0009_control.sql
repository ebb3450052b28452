-- The control room: what left in the last hour, by sender, without reading every attempt that ever was.

-- Attempts are only ever appended in time, so a few pages of block ranges replace an index of every row.
create index attempt_lately on attempt using brin (intended_at) with (pages_per_range = 32, autosummarize = on);
create index pause_newest on pause (paused_at desc);
