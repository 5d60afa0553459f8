-- How the rows of a view are shown: columns, widths, order, as JSON; NULL for as they are otherwise.
ALTER TABLE views ADD COLUMN layout TEXT;
