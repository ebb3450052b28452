-- The spine: cameras, events, cases, notices, answers, deposit codes, staff.
-- Case tables carry `cell` first in every key (design, section 4): a slice of a jurisdiction that can
-- move to a database of its own. They have no triggers, and no foreign keys among each other (those
-- cost a look-up a row on the hot path; the writer is one room). Global tables have no cell.

-- ---------------------------------------------------------------- law of the journey
-- A copy of core/states/journey.py; a test compares the two. No move outside it can be written.
create table allowed_move (
    from_state text not null,
    to_state   text not null,
    primary key (from_state, to_state)
);
insert into allowed_move values
    ('received','validated'),('received','review'),('received','rejected'),('received','diverted'),
    ('review','validated'),('review','identified'),('review','rejected'),('review','diverted'),('review','withdrawn'),
    ('validated','identified'),('validated','unidentified'),('validated','review'),
    ('unidentified','identified'),('unidentified','rejected'),('unidentified','review'),
    ('identified','notifying'),('identified','review'),
    ('notifying','notified'),('notifying','undeliverable'),('notifying','answered'),('notifying','disputed'),('notifying','withdrawn'),
    ('notified','answered'),('notified','disputed'),('notified','lapsed'),('notified','undeliverable'),('notified','withdrawn'),
    ('undeliverable','notifying'),('undeliverable','review'),('undeliverable','withdrawn'),
    ('answered','charged'),('answered','identified'),('answered','review'),('answered','disputed'),('answered','withdrawn'),
    ('disputed','withdrawn'),('disputed','charged'),
    ('charged','paid'),('charged','lapsed'),('charged','decided'),('charged','disputed'),('charged','withdrawn'),
    ('lapsed','blocked'),('lapsed','answered'),('lapsed','disputed'),('lapsed','paid'),('lapsed','decided'),('lapsed','undeliverable'),('lapsed','withdrawn'),
    ('blocked','answered'),('blocked','disputed'),('blocked','paid'),('blocked','decided'),('blocked','undeliverable'),('blocked','withdrawn'),
    ('paid','decided'),('paid','withdrawn'),
    ('decided','refund_due'),('decided','closed'),('decided','blocked'),('decided','paid'),('decided','withdrawn'),
    ('refund_due','refunded'),('refund_due','forfeited'),('refund_due','withdrawn');

-- ---------------------------------------------------------------- who and where (global)
create table jurisdiction (
    code       text primary key,                 -- 'PMJ'
    name       text not null,                    -- shown to people
    zone       text not null,                    -- IANA name, paper time
    first_cell smallint not null,
    cells      smallint not null check (cells > 0),
    automation text not null default 'hybrid' check (automation in ('auto','hybrid','human'))
);

-- Overrides of the jurisdiction's mode for one offence; no row: the jurisdiction's.
create table automation_policy (
    jurisdiction text not null references jurisdiction,
    offence      text not null,
    automation   text not null check (automation in ('auto','hybrid','human')),
    primary key (jurisdiction, offence)
);

create table camera (
    code              text primary key,
    jurisdiction      text not null references jurisdiction,
    name              text not null,
    place             text not null,             -- as printed on a notice
    road              text not null,             -- as the odd-even list names it
    latitude          double precision,
    longitude         double precision,
    zone              text not null,             -- the zone its clock is set to
    hmac_key          bytea not null,            -- sealed ('camera', bound to code)
    vendor            text not null default 'cakra',
    approved_offences text[] not null default '{}',
    calibrated_until  timestamptz,
    audited_precision real,                      -- share of its audited sample that officers upheld
    clock_tolerance_s real not null default 5,
    speed_limit_kmh   real,
    speed_trigger_kmh real,                      -- conflicting facts: a figure per camera
    offence_map       jsonb not null default '{}', -- vendor code or name -> our offence
    active            boolean not null default true
);

create table exemption (
    exemption_id        bigint primary key,
    plate               text not null,
    basis               text not null,
    offences            text[] not null,         -- '{}' means those its basis allows
    valid_from          timestamptz not null,
    valid_to            timestamptz,
    document            text not null,
    approver            text not null,
    duty_proof_required boolean not null default true
);
create index exemption_plate on exemption (plate);

-- ---------------------------------------------------------------- intake
-- Unique for ever: one (camera, event id) is one answer and at most one case.
create table camera_event (
    camera        text not null,
    event_id      text not null,
    content_hash  bytea not null,                -- SHA-256 of the canonical content, photographs included
    raw_sha256    bytea not null,                -- SHA-256 of the raw request body
    door          text not null,                 -- 'events','hikvision_isapi','hikvision_ftp'
    cell          smallint not null,
    case_id       bigint not null,
    joined        text not null check (joined in ('opened','same_offence','other_offence')),
    offence       text not null,
    occurred_at   timestamptz not null,          -- parsed instant
    raw_time      text not null,                 -- the camera's own text
    received_at   timestamptz not null,
    repeats       integer not null default 0,    -- how often the same event came again
    record        jsonb not null,                -- the canonical event
    notes         jsonb not null default '[]',   -- findings of the door (clock, zone, empty picture …)
    primary key (camera, event_id)
);
create index camera_event_case on camera_event (cell, case_id);

create table photo (
    cell     smallint not null,
    case_id  bigint not null,
    camera   text not null,
    event_id text not null,
    ordinal  smallint not null,
    sha256   bytea not null,
    role     text not null,                      -- scene | plate | context
    bytes    integer not null,
    width    integer not null,
    height   integer not null,
    box      integer[],                          -- plate box in this photograph, pixels x1 y1 x2 y2
    primary key (cell, case_id, camera, event_id, ordinal)
);

create table quarantine (
    quarantine_id bigint primary key,
    received_at   timestamptz not null,
    expires_at    timestamptz not null,
    door          text not null,
    camera        text,
    authentic     boolean not null,
    code          text not null,
    reason        text not null,
    raw_sha256    bytea not null,
    raw_bytes     integer not null,
    body          bytea,                         -- sealed ('quarantine'); null when over the quota of strangers
    headers       bytea
);

-- ---------------------------------------------------------------- the case
create table case_file (
    cell           smallint not null,
    case_id        bigint not null,
    reference      text not null,
    jurisdiction   text not null,
    state          text not null,
    previous_state text,
    state_since    timestamptz not null,
    plate          text,                         -- as decided; until then as claimed; null unread
    claimed_plate  text,
    offences       text[] not null,
    occurred_at    timestamptz not null,         -- shutter
    received_at    timestamptz not null,
    camera         text not null,
    vehicle_kind   text not null default 'unknown',
    addressee      bytea,                        -- sealed snapshot of the owner ('addressee', bound to case_id)
    chassis_last5  bytea,                        -- blind index: the second factor
    owner_since    timestamptz,                  -- the registration spell that was used
    delivered_at   timestamptz,                  -- proof; starts the deadlines
    confirm_by     timestamptz,
    pay_by         timestamptz,
    assigned_to    text,                         -- the officer who opened it for review
    assigned_until timestamptz,
    step           text,                         -- what the machine does next; null: a person is next
    due_at         timestamptz,                  -- when; while leased: when the lease ends
    leased_by      text,
    tries          smallint not null default 0,
    version        integer not null default 0,   -- every claim and write adds one; a late worker writes nothing
    primary key (cell, case_id),
    foreign key (previous_state, state) references allowed_move (from_state, to_state)
) with (fillfactor = 70);
create unique index case_reference on case_file (cell, reference);
create index case_due on case_file (step, due_at) where step is not null;
create index case_passage on case_file (cell, plate, occurred_at);
create index case_desk on case_file (state, state_since)
    where state in ('review', 'unidentified', 'undeliverable', 'answered', 'disputed');

create table case_event (
    cell       smallint not null,
    case_id    bigint not null,
    event_id   bigint not null,
    at         timestamptz not null,
    actor      text not null,                    -- 'machine', 'owner', 'officer:<username>', 'camera:<code>'
    told       text not null,                    -- stable key; words are the interface's
    from_state text,
    to_state   text,
    details    jsonb not null default '{}',      -- nothing personal
    primary key (cell, case_id, event_id),
    foreign key (from_state, to_state) references allowed_move (from_state, to_state)
);

create table screening (
    cell         smallint not null,
    case_id      bigint not null,
    screening_id bigint not null,
    at           timestamptz not null,
    verdict      text not null check (verdict in ('accept','review','reject','divert')),
    policy       text not null,
    findings     jsonb not null,                 -- [{check, verdict, words, facts}]
    readings     jsonb not null,                 -- one per photograph read
    model_hash   text not null,
    primary key (cell, case_id, screening_id)
);

create table derived_picture (
    cell          smallint not null,
    case_id       bigint not null,
    kind          text not null,                 -- plate | vehicle_masked | notice
    sha256        bytea not null,
    parent_sha256 bytea not null,
    recipe        text not null,
    made_at       timestamptz not null,
    primary key (cell, case_id, kind, sha256)
);

-- ---------------------------------------------------------------- notice and dispatch
create table notice (
    cell         smallint not null,
    notice_id    bigint not null,
    case_id      bigint not null,
    purpose      text not null,                  -- confirmation | reminder | decision | code | verdict | refund
    language     text not null,
    template     text not null,
    content      bytea not null,                 -- sealed {recipient, variables, link_suffix} ('notice', bound to notice_id)
    picture      bytea,                          -- SHA-256 of the derived picture
    shutter_at   timestamptz not null,           -- the clock starts here
    state        text not null,                  -- queued sending held accepted delivered read unknown failed unsettled cancelled
    channel      text,                           -- of the newest attempt
    attempts     smallint not null default 0,
    created_at   timestamptz not null,
    handed_over_at timestamptz,                  -- first accepted
    delivered_at timestamptz,
    step         text,                           -- dispatch | settle
    due_at       timestamptz,
    leased_by    text,
    tries        smallint not null default 0,
    version      integer not null default 0,
    primary key (cell, notice_id)
) with (fillfactor = 70);
create index notice_due on notice (step, due_at) where step is not null;
create index notice_case on notice (cell, case_id);

-- The intent is committed before the call; unique (notice, channel, attempt) makes a second call impossible.
create table attempt (
    cell        smallint not null,
    notice_id   bigint not null,
    channel     text not null,
    attempt     smallint not null,
    sender      text not null,
    intended_at timestamptz not null,
    state       text not null,                   -- intended accepted held refused unknown
    proof       text,                            -- sent delivered read failed
    provider_id text,
    code        text,
    action      text,
    detail      text,
    answered_at timestamptz,
    proof_at    timestamptz,
    raw         bytea,                           -- sealed provider answer ('provider', bound to notice_id)
    primary key (cell, notice_id, channel, attempt)
) with (fillfactor = 80);

create table receipt (
    cell        smallint not null,
    notice_id   bigint not null,
    channel     text not null,
    attempt     smallint not null,
    state       text not null,
    at          timestamptz not null,
    received_at timestamptz not null,
    code        text,
    primary key (cell, notice_id, channel, attempt, state)
);

-- Raw provider callbacks, durable before they are acknowledged, applied afterwards in sets.
create table callback (
    callback_id bigint primary key,
    provider    text not null,
    received_at timestamptz not null,
    expires_at  timestamptz not null,
    raw         bytea not null,                  -- sealed ('callback', bound to callback_id)
    step        text,                            -- receipts; null when applied
    due_at      timestamptz,
    leased_by   text,
    tries       smallint not null default 0,
    version     integer not null default 0,
    problem     text
);
create index callback_due on callback (due_at) where step is not null;

create table sender_state (
    channel text not null,
    sender  text not null,
    stopped boolean not null default false,
    reason  text,
    since   timestamptz not null default now(),
    primary key (channel, sender)
);

-- ---------------------------------------------------------------- answer and payment
create table answer (
    cell      smallint not null,
    case_id   bigint not null,
    answer_id bigint not null,
    at        timestamptz not null,
    kind      text not null check (kind in ('drove','other_drove','sold','never_mine')),
    details   bytea not null,                    -- sealed ('answer', bound to answer_id)
    primary key (cell, case_id, answer_id)
);

create sequence deposit_code_number;
create table deposit_code (
    code          text primary key check (code ~ '^[0-9]{15}$'),
    cell          smallint not null,
    case_id       bigint not null,
    amount        bigint not null check (amount > 0),
    state         text not null default 'issued' check (state in ('issued','paid','expired','cancelled','superseded')),
    issued_at     timestamptz not null,
    expires_at    timestamptz not null,
    officer       text not null,
    authorisation bigint
);
create unique index deposit_code_live on deposit_code (cell, case_id) where state = 'issued';

-- ---------------------------------------------------------------- staff
create table officer (
    username      text primary key,
    name          text not null,
    rank          text not null default '',
    role          text not null check (role in ('reviewer','supervisor','commander','auditor','administrator')),
    certified     boolean not null default false, -- penyidik / penyidik pembantu
    password_hash text not null,
    active        boolean not null default true
);

create table staff_session (
    token_hash bytea primary key,
    username   text not null references officer,
    csrf       text not null,
    created_at timestamptz not null,
    seen_at    timestamptz not null,
    expires_at timestamptz not null
);

-- A named, certified officer lets the machine issue the deposit code to owners who admit.
create table standing_authorisation (
    authorisation_id bigint primary key,
    officer      text not null references officer,
    jurisdiction text not null references jurisdiction,
    offences     text[] not null,
    valid_from   timestamptz not null,
    valid_to     timestamptz,
    document     text not null,
    revoked_at   timestamptz
);

create table staff_access (
    access_id bigint primary key,
    at        timestamptz not null,
    username  text not null,
    cell      smallint not null,
    case_id   bigint not null,
    what      text not null,
    reason    text not null
);

-- ---------------------------------------------------------------- guards
create table attempt_limit (
    scope   text not null,
    subject bytea not null,                      -- keyed hash of a reference, an address, or 'all'
    since   timestamptz not null,                -- start of the window
    count   integer not null,
    primary key (scope, subject, since)
);
