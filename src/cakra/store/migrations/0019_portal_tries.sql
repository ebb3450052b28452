-- Wrong answers at the portal, as they close what they close; and what the officers' house refused.

-- One row for each reference (or case) from one network, and one for each of them alone. Subjects are keyed hashes.
create table portal_try (
    scope        text not null check (scope in ('plate', 'plate_network', 'plate_subject',
                                                'chassis', 'chassis_network', 'chassis_subject')),
    subject      bytea not null,
    since        timestamptz not null,             -- the first wrong answer that counts
    wrong        integer not null,
    closed_until timestamptz,                      -- nothing of this subject is judged before
    primary key (scope, subject)
);
create index portal_try_since on portal_try (scope, since);

-- Wrong chassis numbers of a case over its whole life; closed at the cap until an officer opens it again.
create table second_factor (
    cell      smallint not null,
    case_id   bigint not null,
    wrong     integer not null,
    last_at   timestamptz not null,
    closed_at timestamptz,
    openings  integer not null default 0,          -- how often an officer opened it again
    opened_by text,
    opened_at timestamptz,
    primary key (cell, case_id)
);
create index second_factor_closed on second_factor (closed_at) where closed_at is not null;

-- What the officers' house refused: a sign-in, a password asked again, an act beyond a role. Never what was typed.
create table staff_refusal (
    refusal_id bigint primary key,
    at         timestamptz not null,
    what       text not null check (what in ('sign_in', 'limited', 'not_allowed')),
    username   text,                               -- null: no such officer
    caller     bytea not null,                     -- keyed hash of the network address
    asked      text not null                       -- method and route, without identifiers
);
create index staff_refusal_at on staff_refusal (at);
