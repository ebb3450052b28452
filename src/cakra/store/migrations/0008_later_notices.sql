-- Later notices: a stage that has something to tell writes a row with step 'word'; the notice stage words it and
-- hands it to dispatch. Until then it says nothing: language and template are '', content is empty.

alter table notice add number smallint not null default 0;  -- which reminder: 1, 2 …; 0: none

create index notice_to_word on notice (due_at) where step = 'word';
-- What could not be told and is an officer's; the confirmation has its case for that.
create index notice_untold on notice (created_at)
    where step is null and state in ('failed', 'unsettled') and purpose <> 'confirmation';
