-- === profiles of a starter done right
create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  username text unique check (char_length(username) between 3 and 30),
  avatar_url text,
  created_at timestamptz not null default now()
);
alter table public.profiles enable row level security;
create policy "Profiles are visible to signed-in users" on public.profiles for select to authenticated using ((select auth.uid()) = id);
create policy "Users insert their own profile" on public.profiles for insert to authenticated with check ((select auth.uid()) = id);
create policy "Users update their own profile" on public.profiles for update to authenticated
  using ((select auth.uid()) = id) with check ((select auth.uid()) = id);
grant select, insert, update on public.profiles to authenticated;
-- === todos with owner
create table public.todos (
  id bigint generated always as identity primary key,
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  task text not null,
  done boolean not null default false
);
create index todos_user_id_idx on public.todos (user_id);
alter table public.todos enable row level security;
create policy todos_owner on public.todos for all to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
grant select, insert, update, delete on public.todos to authenticated;
-- === teams with a helper function in a private schema
create schema if not exists private;
revoke all on schema private from public;
grant usage on schema private to authenticated;
create table public.teams (
  id uuid primary key default gen_random_uuid(),
  name text not null
);
create table public.team_members (
  team_id uuid not null references public.teams (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'member' check (role in ('owner', 'member')),
  primary key (team_id, user_id)
);
create index team_members_user_id_idx on public.team_members (user_id);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
create function private.my_teams() returns setof uuid
language sql stable security definer set search_path = '' as $$
  select tm.team_id from public.team_members tm where tm.user_id = (select auth.uid())
$$;
revoke all on function private.my_teams() from public;
grant execute on function private.my_teams() to authenticated;
create policy teams_read on public.teams for select to authenticated
  using (id in (select private.my_teams()));
create policy members_read on public.team_members for select to authenticated
  using (team_id in (select private.my_teams()));
grant select on public.teams, public.team_members to authenticated;
-- === chat with rooms
create table public.rooms (
  id uuid primary key default gen_random_uuid(),
  created_by uuid not null references auth.users (id) on delete cascade,
  topic text not null
);
create index on public.rooms (created_by);
alter table public.rooms enable row level security;
create policy rooms_owner on public.rooms for all to authenticated
  using (created_by = (select auth.uid())) with check (created_by = (select auth.uid()));
grant select, insert, update, delete on public.rooms to authenticated;
create table public.messages (
  id bigint generated always as identity primary key,
  room_id uuid not null references public.rooms (id) on delete cascade,
  author_id uuid not null references auth.users (id) on delete cascade,
  body text not null check (length(body) <= 4000),
  sent_at timestamptz not null default now()
);
create index messages_room_sent_idx on public.messages (room_id, sent_at desc);
create index messages_author_idx on public.messages (author_id);
alter table public.messages enable row level security;
create policy messages_own_read on public.messages for select to authenticated
  using (author_id = (select auth.uid()) or room_id in (select r.id from public.rooms r where r.created_by = (select auth.uid())));
create policy messages_own_write on public.messages for insert to authenticated
  with check (author_id = (select auth.uid()));
grant select, insert on public.messages to authenticated;
alter publication supabase_realtime add table public.messages;
-- === avatars in a private bucket with folders of their users
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('avatars', 'avatars', false, 1048576, array['image/png', 'image/jpeg'])
on conflict (id) do nothing;
create policy "Users read their avatar" on storage.objects for select to authenticated
  using (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
create policy "Users upload their avatar" on storage.objects for insert to authenticated
  with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = (select auth.uid())::text);
-- === realtime broadcast authorised by topic
create policy "Members listen" on realtime.messages for select to authenticated
  using (exists (select 1 from public.room_users ru where ru.user_id = (select auth.uid()) and ru.topic = (select realtime.topic())));
-- === a nightly job that keeps a month
select cron.schedule('purge-old-logs', '15 3 * * *', $$delete from private.logs where at < now() - interval '30 days'$$);
-- === a nightly analyze
select cron.schedule('analyze-orders', '0 4 * * *', 'analyze public.orders');
-- === a refresh without blocking readers, scheduled
select cron.schedule('refresh-daily', '*/10 * * * *', 'refresh materialized view concurrently analytics.daily');
-- === a job that ends
select cron.unschedule('purge-old-logs');
-- === a queue
create extension if not exists pgmq;
select pgmq.create('emails');
-- === a trigger function on updates in a private schema
create or replace function private.touch() returns trigger language plpgsql set search_path = '' as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
-- === lookup table for those signed in
create table public.countries (
  code text primary key,
  name text not null,
  published boolean not null default true
);
alter table public.countries enable row level security;
create policy countries_read on public.countries for select to authenticated using (published);
grant select on public.countries to authenticated;
insert into public.countries (code, name) values ('DE', 'Germany'), ('FR', 'France') on conflict do nothing;
-- === roles by app_metadata
create policy admins_read on public.audit for select to authenticated
  using (((select auth.jwt()) -> 'app_metadata' ->> 'role') = 'admin' and tenant_id = ((select auth.jwt()) -> 'app_metadata' ->> 'tenant_id')::uuid);
-- === MFA as a restrictive policy beside permissive ones
create table public.wallets (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade
);
create index wallets_user_id_idx on public.wallets (user_id);
alter table public.wallets enable row level security;
create policy wallets_own on public.wallets for select to authenticated using (user_id = (select auth.uid()));
create policy wallets_mfa on public.wallets as restrictive for all to authenticated
  using ((select auth.jwt() ->> 'aal') = 'aal2');
grant select on public.wallets to authenticated;
-- === a view that asks as its reader
create view public.my_open_todos with (security_invoker = true) as
  select t.id, t.task from public.todos t where not t.done;
-- === a private table needs no policies
create schema if not exists internal;
create table internal.webhook_events (
  id bigint generated always as identity primary key,
  payload jsonb not null,
  received_at timestamptz not null default now()
);
-- === tightened after an audit
alter table public.invoices enable row level security;
alter table public.invoices force row level security;
revoke all on public.invoices from anon;
create policy invoices_own on public.invoices for select to authenticated using (customer_id = (select auth.uid()));
-- === functions are nobody's unless told
alter default privileges in schema public revoke execute on functions from public;
alter default privileges for role postgres in schema public revoke all on tables from anon;
-- === the API loses a schema nobody uses, privately
revoke all on schema internal from anon, authenticated;
revoke all on all tables in schema internal from anon, authenticated, public;
-- === revoke from public on private function
revoke execute on function private.rotate_keys() from public, anon, authenticated;
-- === a policy made stricter in one transaction
begin;
alter policy todos_owner on public.todos using (user_id = (select auth.uid()) and deleted_at is null);
commit;
-- === a policy recreated word for word with the wrapped call
-- history:
create table public.docs (id int primary key, owner uuid not null);
create index docs_owner on public.docs (owner);
alter table public.docs enable row level security;
create policy own on public.docs for select to authenticated using (auth.uid() = owner);
-- now:
drop policy if exists own on public.docs;
create policy own on public.docs for select to authenticated using ((select auth.uid()) = owner);
-- === a scheduled call of a function of the project, its address and key in Vault
select cron.schedule('digest', '0 8 * * *', $$
select net.http_post(
  url := (select decrypted_secret from vault.decrypted_secrets where name = 'project_url') || '/functions/v1/digest',
  headers := jsonb_build_object('Authorization', 'Bearer ' || (select decrypted_secret from vault.decrypted_secrets where name = 'anon_key'))
);
$$);
-- === soft delete
alter table public.todos add column deleted_at timestamptz;
comment on column public.todos.deleted_at is 'Set when the owner deletes the row; a job removes it after 30 days.';
-- === tenant scoped unique
create table public.projects (
  id uuid primary key default gen_random_uuid(),
  org_id uuid not null references public.orgs (id) on delete cascade,
  slug text not null,
  unique (org_id, slug)
);
alter table public.projects enable row level security;
create policy projects_members on public.projects for select to authenticated
  using (org_id in (select private.my_orgs()));
grant select on public.projects to authenticated;
-- === an rpc that runs as its caller
create function public.search_todos(q text) returns setof public.todos
language sql stable set search_path = '' as $$
  select t.* from public.todos t where t.task ilike '%' || q || '%'
$$;
-- === a definer only the server may call
create function public.admin_stats() returns bigint
language sql stable security definer set search_path = '' as $$ select count(*) from public.orders $$;
revoke all on function public.admin_stats() from public, anon, authenticated;
grant execute on function public.admin_stats() to service_role;
-- === new user handler done right
create function private.handle_new_user() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, username) values (new.id, new.raw_user_meta_data ->> 'username')
  on conflict (id) do nothing;
  return new;
exception when others then
  raise warning 'profile of % not made: %', new.id, sqlerrm;
  return new;
end;
$$;
revoke all on function private.handle_new_user() from public;
-- === custom access token hook
create function private.custom_access_token_hook(event jsonb) returns jsonb
language plpgsql stable set search_path = '' as $$
begin
  return jsonb_set(event, '{claims,plan}', coalesce((select to_jsonb(s.plan) from private.subscriptions s where s.user_id = (event ->> 'user_id')::uuid), 'null'));
end;
$$;
grant execute on function private.custom_access_token_hook(jsonb) to supabase_auth_admin;
revoke execute on function private.custom_access_token_hook(jsonb) from authenticated, anon, public;
grant usage on schema private to supabase_auth_admin;
-- === extension where it belongs
create extension if not exists pg_trgm with schema extensions;
create extension if not exists "uuid-ossp" with schema "extensions";
create extension if not exists vector with schema extensions;
-- === embeddings with an HNSW index on a new table
create table public.chunks (
  id bigint generated always as identity primary key,
  doc_id uuid not null references public.documents (id) on delete cascade,
  content text not null,
  embedding extensions.vector(1536)
);
create index chunks_doc_id_idx on public.chunks (doc_id);
create index chunks_embedding_idx on public.chunks using hnsw (embedding extensions.vector_cosine_ops);
alter table public.chunks enable row level security;
create policy chunks_read on public.chunks for select to authenticated
  using (doc_id in (select d.id from public.documents d where d.owner_id = (select auth.uid())));
grant select on public.chunks to authenticated;
-- === comments only
comment on table public.profiles is E'@graphql({"totalCount": {"enabled": true}})';
-- === nothing but a comment
-- This migration is intentionally empty: the change was rolled back before release.
-- === notify the API
notify pgrst, 'reload schema';
-- === an enum for a new table
create type public.ticket_state as enum ('open', 'waiting', 'closed');
create table public.tickets (
  id bigint generated always as identity primary key,
  owner_id uuid not null references auth.users (id) on delete cascade,
  state public.ticket_state not null default 'open'
);
create index tickets_owner_id_idx on public.tickets (owner_id);
alter table public.tickets enable row level security;
create policy tickets_own on public.tickets for all to authenticated
  using (owner_id = (select auth.uid())) with check (owner_id = (select auth.uid()));
grant select, insert, update, delete on public.tickets to authenticated;
-- === db diff of a new table, without strangers
create table "public"."notes" (
    "id" uuid not null default gen_random_uuid(),
    "user_id" uuid not null,
    "body" text not null
);
alter table "public"."notes" enable row level security;
CREATE UNIQUE INDEX notes_pkey ON public.notes USING btree (id);
CREATE INDEX notes_user_id_idx ON public.notes USING btree (user_id);
alter table "public"."notes" add constraint "notes_pkey" PRIMARY KEY using index "notes_pkey";
alter table "public"."notes" add constraint "notes_user_id_fkey" FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE not valid;
alter table "public"."notes" validate constraint "notes_user_id_fkey";
grant select on table "public"."notes" to "authenticated";
grant insert on table "public"."notes" to "authenticated";
create policy "own notes"
  on "public"."notes"
  as permissive
  for select
  to authenticated
using ((( SELECT auth.uid() AS uid) = user_id));
-- === check_function_bodies as db diff writes it
set check_function_bodies = off;
CREATE OR REPLACE FUNCTION private.slugify(v text)
 RETURNS text
 LANGUAGE sql
 IMMUTABLE STRICT
 SET search_path TO ''
AS $function$ select lower(regexp_replace(v, '[^a-zA-Z0-9]+', '-', 'g')) $function$
;
-- === grants to the server and a reporting role
grant usage on schema internal to service_role;
grant select on internal.webhook_events to service_role;
grant select on all tables in schema analytics to reporting;
