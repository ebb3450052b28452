-- What cameras really send: records that had to be mended, signs of life, and what was set aside and by whom it was
-- looked at.

alter table camera_event add column original bytea; -- the camera's own bytes, where the door had to mend them

-- When each camera was last heard, whatever it sent. Written at most every few seconds a camera and process.
create table camera_heard (
    camera   text primary key references camera,
    heard_at timestamptz not null,
    event_at timestamptz                         -- the newest of it that was an event
) with (fillfactor = 70);

-- A row that somebody has dealt with stays until it expires, without its body when it was dropped.
alter table quarantine
    add column settled_at timestamptz,           -- null: it waits for somebody
    add column settled_as text check (settled_as in ('released', 'dropped'));
create index quarantine_open on quarantine (quarantine_id) where settled_at is null;

-- Who looked at what was set aside, released it or dropped it; insert only, kept when the row has expired.
create table quarantine_action (
    action_id     bigint primary key,
    quarantine_id bigint not null,
    at            timestamptz not null,
    officer       text not null references officer,
    action        text not null check (action in ('show', 'release', 'drop')),
    outcome       text not null,                 -- opened, joined, repeated, refused: <code>, dropped, shown
    reason        text not null default ''
);
create index quarantine_action_row on quarantine_action (quarantine_id);
