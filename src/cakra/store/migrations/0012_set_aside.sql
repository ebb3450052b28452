-- What the machine could not do and set aside, and which lanes do not run: for `cakra doctor`, `cakra aside` and the
-- console. A case that may go to review is an officer's there; here stands what has no such way.

-- A case, or a notice of it (0: the case itself), that failed again and again. It is still tried once an hour.
-- It stands for as long as its row has not moved on: `version` is the one that the failure left behind.
create table set_aside (
    cell      smallint not null,
    case_id   bigint not null,
    notice_id bigint not null default 0,
    step      text not null,
    version   integer not null,
    problem   text not null,                     -- the kind of fault; nothing of what was to be written
    since     timestamptz not null,
    last_at   timestamptz not null,
    times     integer not null default 1,
    primary key (cell, case_id, notice_id)
);

-- A lane of some worker that failed as a whole and was begun again after a rest.
create table lane_fault (
    lane    text not null,
    worker  text not null,
    since   timestamptz not null,
    last_at timestamptz not null,
    times   integer not null default 1,
    problem text not null,
    primary key (lane, worker)
);

-- A message from a person that could not be understood is tried again later, longer each time.
alter table inbound add tries smallint not null default 0;
alter table inbound add due_at timestamptz;      -- null: at once
