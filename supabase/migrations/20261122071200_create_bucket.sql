-- The private bucket for clips and posters, where the database is a Supabase project.
do $$
begin
  if to_regclass('storage.buckets') is not null then
    insert into storage.buckets (id, name, public) values ('videos', 'videos', false)
    on conflict (id) do update set public = false;
  end if;
end
$$;

notify pgrst, 'reload schema';
