-- A register as offices export it: owners without a number, vehicles of which nobody says whether they are electric,
-- spells without an end that a later spell ends, plates about which a file contradicts itself, and what each import
-- held, so that the next can be compared with it.

alter table registration alter column owner_key drop not null;      -- null: no number by which the owner is known
alter table registration alter column electric drop not null;       -- null: no column of the file says it
-- True: the file told no end; `valid_to` is the beginning of the next spell of this plate.
alter table registration add column ended_by_next boolean not null default false;

alter table register_staging alter column owner_key drop not null;
alter table register_staging alter column electric drop not null;
alter table register_staging add column ended_by_next boolean not null default false;

-- Plates whose spells contradicted each other in the last import that named them: from `since` on nobody is told who
-- owned them, and their cases are an officer's. A later import that tells one story takes the row away.
create table register_dispute (
    plate text primary key,
    since timestamptz not null,
    import_id bigint not null,
    noted_at timestamptz not null default now()
);

-- Of the rows that an import took: how many owners had a usable phone, an e-mail address, a number. Null: before this.
alter table register_import add column taken bigint;
alter table register_import add column with_phone bigint;
alter table register_import add column with_email bigint;
alter table register_import add column with_number bigint;
alter table register_import add column ended bigint;
