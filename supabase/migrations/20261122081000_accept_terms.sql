-- Who has accepted which version of the terms of use, and when. Lines are only added: a new version asks anew, and what
-- was accepted before stays known.
create table public.terms_acceptances (
  id bigint generated always as identity primary key,
  user_id text not null references public.users (id),
  version text not null check (version ~ '^[A-Za-z0-9._-]{1,40}$'),
  accepted_at timestamptz not null default clock_timestamp(),
  unique (user_id, version)
);
comment on table public.terms_acceptances is 'One row for each version of the terms that a user has accepted; never changed.';
alter table public.terms_acceptances enable row level security;
revoke all on public.terms_acceptances from public, anon, authenticated, service_role;
revoke all on sequence public.terms_acceptances_id_seq from public, anon, authenticated, service_role;
grant select, insert on public.terms_acceptances to service_role;
create policy service_role_all on public.terms_acceptances to service_role using (true) with check (true);

create function public.accept_terms(p_user_id text, p_version text) returns setof public.terms_acceptances
language plpgsql set search_path = '' as $$
begin
  insert into public.terms_acceptances (user_id, version) select id, p_version from public.users where id = p_user_id
    on conflict (user_id, version) do nothing;
  return query select * from public.terms_acceptances where user_id = p_user_id and version = p_version;
  if not found then
    raise exception 'user_not_found' using errcode = 'PT404', detail = 'There is no user of that name.';
  end if;
end
$$;
comment on function public.accept_terms(text, text) is
  'Notes that the user accepts that version; again, the first time stays. Refuses user_not_found (404).';

create function public.list_acceptances(p_user_id text) returns setof public.terms_acceptances
language sql stable set search_path = '' as $$
  select * from public.terms_acceptances where user_id = p_user_id order by id desc limit 1000;
$$;
comment on function public.list_acceptances(text) is 'Which versions of the terms that user has accepted, the latest first.';

create function public.has_accepted_terms(p_user_id text, p_version text) returns boolean
language sql stable set search_path = '' as $$
  select p_version is null
    or exists (select from public.terms_acceptances where user_id = p_user_id and version = p_version);
$$;
comment on function public.has_accepted_terms(text, text) is 'Whether that user has accepted that version; null asks for none.';

create or replace function public.check_may_submit(p_user_id text, p_seconds numeric, p_limits jsonb) returns void
language plpgsql set search_path = '' as $$
declare
  v_role text;
  v_quota record;
begin
  select role into v_role from public.users where id = p_user_id and disabled_at is null;
  if v_role is null or v_role = 'restricted' then
    raise exception 'not_allowed' using errcode = 'PT403', detail = 'Your account may look at clips but not generate them. Ask an admin.';
  end if;
  if not public.has_accepted_terms(p_user_id, p_limits->>'terms_version') then
    raise exception 'terms_not_accepted' using errcode = 'PT403', detail =
      'The terms of use have to be accepted first. Read and accept them on the Create page, then try again.';
  end if;
  select * into v_quota from public.find_quota(p_user_id, p_limits);
  if v_quota.active_jobs >= v_quota.max_jobs then
    raise exception 'too_many_jobs' using errcode = 'PT409', detail =
      format('You have %s of %s jobs running. Wait for one to finish, or cancel one.', v_quota.active_jobs, v_quota.max_jobs);
  end if;
  if v_quota.used_seconds + p_seconds > v_quota.limit_seconds then
    raise exception 'quota_exceeded' using errcode = 'PT403', detail =
      'This clip is longer than what is left of your allowance. Make it shorter, or wait for the next period.',
      hint = json_build_object('remainingSeconds', greatest(0, v_quota.limit_seconds - v_quota.used_seconds))::text;
  end if;
end
$$;
comment on function public.check_may_submit(text, numeric, jsonb) is
  'Refuses not_allowed, terms_not_accepted (403), too_many_jobs (409), quota_exceeded (403, hint with remainingSeconds).
Call under the user''s lock.';

revoke all on function public.accept_terms(text, text), public.list_acceptances(text),
  public.has_accepted_terms(text, text) from public, anon, authenticated;
grant execute on function public.accept_terms(text, text), public.list_acceptances(text),
  public.has_accepted_terms(text, text) to service_role;

notify pgrst, 'reload schema';
