-- What each start of a host has cut off the log: frames of a commit that a crash had left unfinished.
alter table epoch add column cut_frames integer not null default 0;
