-- Cases in a machine's state without a step: none, ever, so that the index is empty and costs a case nothing.
-- statement_timeout: 15min
create index case_lost on case_file (state_since)
    where step is null and state in ('received', 'validated', 'identified');
