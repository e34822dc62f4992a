-- Stub and external activities have components too: their types. The table is made anew, as a check can't be changed.
create table component_anew (
  digest text primary key,
  name text not null,
  kind text not null check (kind in ('workflow', 'activity', 'activity_stub', 'activity_external')),
  bytes blob not null
) strict;
insert into component_anew select digest, name, kind, bytes from component;
drop table component;
alter table component_anew rename to component;
