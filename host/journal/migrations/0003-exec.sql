-- A local program has a component too: its types. The table is made anew, as a check can't be changed.
create table component_anew (
  digest text primary key,
  name text not null,
  kind text not null check (kind in ('workflow', 'activity', 'activity_stub', 'activity_external', 'activity_exec')),
  bytes blob not null
) strict;
insert into component_anew select digest, name, kind, bytes from component;
drop table component;
alter table component_anew rename to component;
