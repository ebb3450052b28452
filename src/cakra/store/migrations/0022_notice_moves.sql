-- The allowed moves of a notice, a copy of `NOTICE_TABLE` in core/states/notice.py, refused by foreign key as a case's are.
create table allowed_notice_move (
    from_state text not null,
    to_state   text not null,
    primary key (from_state, to_state)
);
insert into allowed_notice_move values
    ('planned','queued'),('planned','failed'),('planned','cancelled'),('planned','delivered'),('planned','read'),
    ('queued','queued'),('queued','sending'),('queued','accepted'),('queued','delivered'),('queued','read'),('queued','unknown'),('queued','failed'),('queued','cancelled'),
    ('sending','queued'),('sending','held'),('sending','accepted'),('sending','delivered'),('sending','read'),('sending','unknown'),('sending','failed'),
    ('held','queued'),('held','held'),('held','accepted'),('held','delivered'),('held','read'),('held','unknown'),('held','failed'),('held','cancelled'),
    ('accepted','queued'),('accepted','accepted'),('accepted','delivered'),('accepted','read'),('accepted','failed'),
    ('delivered','queued'),('delivered','delivered'),('delivered','read'),('delivered','failed'),
    ('unknown','queued'),('unknown','held'),('unknown','accepted'),('unknown','delivered'),('unknown','read'),('unknown','unknown'),('unknown','unsettled'),('unknown','failed'),('unknown','cancelled'),
    ('unsettled','planned'),('unsettled','queued'),('unsettled','accepted'),('unsettled','delivered'),('unsettled','read'),('unsettled','failed'),('unsettled','cancelled'),
    ('failed','planned'),('failed','queued'),('failed','accepted'),('failed','delivered'),('failed','read'),('failed','cancelled'),
    ('cancelled','delivered'),('cancelled','read');

-- The state before the newest move; null until the first one from here on. There is nothing in it yet that would have
-- to be checked, so that no row is read here, however many there are; every later write is checked.
alter table notice
    add column previous_state text,
    add constraint notice_move foreign key (previous_state, state)
        references allowed_notice_move (from_state, to_state) not valid;
