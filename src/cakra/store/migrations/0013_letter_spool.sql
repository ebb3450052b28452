-- The one folder in which letters wait for their batch. A second sending host with a folder of its own would set
-- again what the first one keeps: it is refused.
create table letter_spool (
    single   boolean primary key default true check (single),
    spool_id text not null,                      -- as the folder says who it is
    host     text not null,
    folder   text not null,
    since    timestamptz not null
);
