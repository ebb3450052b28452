-- Somebody who hides their number may quote a message of ours: found by the number that the provider gave it.
-- A summary of each range of pages, not a tree: it costs a send next to nothing, and the question is rare.
create index attempt_quoted on attempt using brin (provider_id text_bloom_ops) with (autosummarize = on);
