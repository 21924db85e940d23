-- Nothing reads it any more; processes of before, which did, go on without, more slowly.
DROP INDEX "entries_by_platform";