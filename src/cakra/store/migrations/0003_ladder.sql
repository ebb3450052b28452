-- The ladder: which ways a notice may go, on which it stands, and what is paused.

-- The rungs that were open when the notice was worded (core/delivery/ladder.py); a judge can read later why it went which way.
alter table notice
    add plan jsonb not null
        default '[{"channel": "whatsapp", "wait_for": "delivered", "within_s": 1800, "quiet": null}]',
    add rung smallint not null default 0,           -- place in the plan
    add rung_tries smallint not null default 0,     -- attempts made on this rung
    add jurisdiction text;
update notice n set jurisdiction = c.jurisdiction from case_file c where c.cell = n.cell and c.case_id = n.case_id;
-- The channel is now the one whose turn it is: a sender claims its own only.
update notice set channel = 'whatsapp' where channel is null;
alter table notice alter channel set default 'whatsapp', alter channel set not null;

drop index notice_due;
create index notice_to_send on notice (channel, due_at) where step = 'dispatch';
create index notice_waiting on notice (step, due_at) where step in ('sending', 'settle');

-- Everything that was ever paused, by whom and why. Read by every claim, so it holds at once.
create table pause (
    pause_id      bigint primary key,
    level         text not null check (level in ('everything', 'jurisdiction', 'channel', 'sender')),
    key           text not null default '',         -- code, channel or sender; '' for everything
    reason        text not null,
    paused_by     text not null references officer,
    paused_at     timestamptz not null,
    resumed_by    text references officer,
    resumed_at    timestamptz,
    resume_reason text,
    check (resumed_by is null or resumed_by <> paused_by),
    check ((resumed_at is null) = (resumed_by is null)),
    check ((level = 'everything') = (key = ''))
);
create unique index pause_open on pause (level, key) where resumed_at is null;
