-- The watch over each camera: what the machine's readings look like, and whether officers say the same.

-- How sure the machine was of one camera's plate in one case, as screening writes it: appended only, so that writers
-- never wait for each other. The sweep folds these rows into `camera_score`.
create table camera_score_entry (
    cell     smallint not null,
    entry_id bigint generated always as identity,
    case_id  bigint not null,
    camera   text not null,
    at       timestamptz not null,
    score    real,                               -- log Bayes factor of the claimed plate, nats; null: nothing read
    primary key (cell, entry_id)
);

create table camera_score (
    day      date not null,                      -- UTC
    camera   text not null,
    bucket   smallint not null,                  -- 0: nothing read; else as journey/watching/rules.py cuts them
    readings bigint not null,
    primary key (day, camera, bucket)
);

-- What an officer's decision said about a plate that the machine had read with confidence. A later decision that
-- contradicts takes the place of one that agreed, and is counted again.
create table camera_agreement (
    cell    smallint not null,
    case_id bigint not null,
    camera  text not null,
    at      timestamptz not null,
    agreed  boolean not null,
    counted boolean not null default false,      -- the sweep has weighed it
    primary key (cell, case_id, camera)
);
create index camera_agreement_new on camera_agreement (at) where not counted;
create index camera_agreement_lately on camera_agreement using brin (at) with (pages_per_range = 32);

-- Where each camera stands now; without a row it is trusted. `window_from`: older observations no longer count.
create table camera_standing (
    camera       text primary key references camera,
    outcome      text not null default 'trusted' check (outcome in ('trusted', 'alarm', 'human')),
    causes       text[] not null default '{}',   -- agreement, scores
    since        timestamptz not null,
    window_from  timestamptz not null,
    suspicion    double precision not null default 0, -- cumulative sum of the agreement test, nats
    reference    bigint[],                       -- readings a bucket, once the reference window is full
    reference_to date                            -- its last day
);
create index camera_with_officers on camera_standing (camera) where outcome = 'human';

-- Every change of a standing, for ever.
create table camera_watch (
    watch_id bigint primary key,
    camera   text not null references camera,
    at       timestamptz not null,
    outcome  text not null check (outcome in ('trusted', 'alarm', 'human')),
    causes   text[] not null,
    figures  jsonb not null,                     -- what was counted when it changed
    officer  text references officer,            -- null: the machine
    reason   text not null default '',
    check ((officer is null) = (reason = '')),
    check ((outcome = 'trusted') = (causes = '{}'))
);
create index camera_watch_newest on camera_watch (camera, at desc);
