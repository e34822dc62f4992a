pragma application_id = 0x5374656c; -- "Stel"

-- Each start of a host takes the next epoch; only the newest may append.
create table epoch (
  number integer primary key,
  at integer not null,
  host text not null,
  pid integer not null
) strict;

-- Function names and component digests, kept once.
create table name (key integer primary key, text text not null unique) strict;

-- What follows from each history; a fold over it gives the same.
create table execution (
  key integer primary key,
  id text not null,
  parent integer references execution (key),
  function integer not null references name (key),
  component integer not null references name (key),
  status text not null,
  blocked_by text,
  wake_at integer,
  created_at integer not null,
  finished_at integer,
  outcome text,
  attempts integer not null,
  next_version integer not null,
  head integer not null,
  head_hash blob not null
) strict;

-- Ids of top-level executions ascend, so this index grows at its end. A child is found through its parent's history.
create unique index execution_by_id on execution (id) where parent is null;
create index execution_unfinished on execution (key) where finished_at is null;

-- The log of all histories: never changed, never deleted. `previous` leads back through one execution's history.
create table event (
  position integer primary key,
  execution integer not null,
  version integer not null,
  previous integer,
  at integer not null,
  kind text not null,
  body text,
  blob blob,
  hash blob not null,
  check ((body is null) <> (blob is null)),
  check ((previous is null) = (version = 0))
) strict;

-- Bodies too large for a row, by their SHA-256.
create table blob (digest blob primary key, body text not null) strict;

create table log (
  execution integer not null,
  attempt integer not null,
  line integer not null,
  at integer not null,
  level text not null,
  message text not null,
  primary key (execution, attempt, line)
) strict, without rowid;

create table component (
  digest text primary key,
  name text not null,
  kind text not null check (kind in ('workflow', 'activity')),
  bytes blob not null
) strict;

create table deployment (digest text primary key, json text not null) strict;
create table activation (
  number integer primary key,
  deployment text not null references deployment (digest),
  at integer not null
) strict;

-- For people who open the file.
create view executions as
select e.key, e.id, f.text as function, c.text as component, e.status, e.blocked_by,
  datetime(e.wake_at / 1000, 'unixepoch') as wake_at, datetime(e.created_at / 1000, 'unixepoch') as created_at,
  datetime(e.finished_at / 1000, 'unixepoch') as finished_at, e.outcome, e.attempts
from execution e join name f on f.key = e.function join name c on c.key = e.component;

create view history as
select x.id, e.version, datetime(e.at / 1000, 'unixepoch') as at, e.kind, coalesce(e.body, b.body) as body
from event e join execution x on x.key = e.execution left join blob b on b.digest = e.blob
order by x.key, e.version;
