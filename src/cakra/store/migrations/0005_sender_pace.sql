-- Pace and health of the official senders, as rows: every worker host reads and spends the same ones.

-- The newest worker that starts writes its settings here. Null: unlimited.
alter table sender_state
    add rate       float8 check (rate > 0),          -- messages a second
    add burst      float8 check (burst >= 1),        -- most tokens kept
    add tokens     float8 not null default 0,        -- at filled_at; below zero while the provider throttles us
    add filled_at  timestamptz not null default now(),
    add pair_s     float8 check (pair_s > 0),        -- seconds between two messages to the same person
    add pair_burst smallint check (pair_burst >= 1), -- that many may come at once
    add portfolio  text,
    -- Health: null is open. Until then the sender rests; afterwards it is tried with a few calls at a time.
    add rest_until timestamptz,
    add rests      smallint not null default 0,      -- in a row; each is longer than the one before
    add opened_at  timestamptz not null default now(),
    add probe_calls smallint not null default 3,
    add probe_wait_s float8 not null default 15;
-- One hot row a sender: its versions stay on its page.
alter table sender_state set (fillfactor = 20, autovacuum_vacuum_threshold = 1000);

-- Senders of one business portfolio share a daily limit of people. Counted too high rather than too low: by the
-- hour, 25 hours at a time, and a person who is written to twice counts twice.
create table portfolio (
    portfolio   text primary key,
    daily_limit integer check (daily_limit > 0),     -- null: unlimited
    hour        bigint not null,                     -- of users[1], hours since 1970
    users       integer[] not null default array_fill(0, array[25]),
    full_since  timestamptz                          -- the alarm was told
) with (fillfactor = 20);

-- When a sender may write to the same person again. Worth seconds only: nothing is lost with it, so it is not logged.
create unlogged table pair_pace (
    channel   text not null,
    sender    text not null,
    recipient bytea not null,                        -- blind index, as on the notice
    free_at   timestamptz not null,
    primary key (channel, sender, recipient)
);

-- Who is written to, as a keyed blind index of the phone ('notice', 'phone'); null: no pair limit.
-- `hand_over_by`: a notice still waiting on its rung then takes the next one; null: it waits as long as it takes.
alter table notice
    add recipient bytea,
    add hand_over_by timestamptz;

-- What was decided about senders, and from which figures.
create table sender_event (
    event_id bigint primary key,
    at       timestamptz not null,
    channel  text not null,
    sender   text not null,
    told     text not null,                          -- rested probed opened stopped released held
    facts    jsonb not null default '{}'
);
create index sender_event_newest on sender_event (channel, sender, at desc);
