-- The register of vehicles and their owners. Global: no cell, looked up in a query of its own.
-- One row is one ownership spell of one vehicle; spells of a plate never overlap (refused at import).

create table registration (
    plate text not null,                       -- canonical spelling, B1234XYZ
    valid_from timestamptz not null,           -- the spell is half-open: [valid_from, valid_to)
    valid_to timestamptz,                      -- null: still the owner
    vehicle_kind text not null,                -- core.law.vehicle.VehicleKind
    brand text,
    model text,
    colour text,
    year smallint,
    plate_colour text not null,                -- core.law.vehicle.PlateColour
    electric boolean not null default false,
    chassis_last5 bytea not null,              -- blind index
    owner_key bytea not null,                  -- blind index of NIK or company number
    owner bytea not null,                      -- sealed record, bound to plate and valid_from
    phone bytea,                               -- blind index of the E.164 number; null: none usable
    fingerprint bytea not null,                -- keyed hash of the whole row: is it unchanged?
    source text not null,
    imported_at timestamptz not null default now(),
    primary key (plate, valid_from),
    check (valid_to > valid_from)
);
create index registration_by_owner on registration (owner_key);
create index registration_by_phone on registration (phone) where phone is not null;

-- What an import is about to write. Unlogged and empty between imports; one import at a time (advisory lock).
create unlogged table register_staging (
    line bigint not null,                      -- line of the file (CSV) or row number (Parquet)
    plate text not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    vehicle_kind text not null,
    brand text,
    model text,
    colour text,
    year smallint,
    plate_colour text not null,
    electric boolean not null,
    chassis_last5 bytea not null,
    owner_key bytea not null,
    owner bytea not null,
    phone bytea,
    fingerprint bytea not null
);

create table register_import (
    import_id bigint primary key,
    source text not null,
    file_name text not null,
    sha256 bytea not null,
    synthetic boolean not null,
    started_at timestamptz not null default now(),
    finished_at timestamptz,                   -- null: running, or interrupted and without effect
    rows bigint,
    inserted bigint,
    updated bigint,
    unchanged bigint,
    wrong bigint,
    report text                                -- where the wrong rows were written
);

-- Exactly one row once anything was imported: a register is synthetic as a whole, or not at all.
create table register_meta (
    one boolean primary key default true check (one),
    synthetic boolean not null
);
