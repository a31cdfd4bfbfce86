-- What an analyst would write by hand: when each suspect reached each state, and the cumulative incidence of each state
-- by entry cohort and by sex in steps of 30 days, with the other end and the end of the sources taken into account.
CREATE TEMP TABLE units AS
WITH indicted AS (SELECT suspect_id, min(decided_date) AS d FROM '{folder}/charge.parquet' WHERE outcome = 'indicted' GROUP BY 1),
dropped AS (SELECT suspect_id, min(decided_date) AS d FROM '{folder}/charge.parquet' WHERE outcome = 'dropped' GROUP BY 1),
last AS (SELECT suspect_id, arg_max(outcome, decided_date) AS outcome, max(decided_date) AS d
    FROM '{folder}/decision.parquet' GROUP BY 1)
SELECT s.suspect_id, s.sex, s.contact_date, strftime(s.contact_date, '%Y') AS cohort, i.d AS prosecuted,
    CASE WHEN l.outcome = 'convicted' THEN l.d END AS convicted,
    CASE WHEN l.outcome = 'acquitted' THEN l.d
        WHEN d.d IS NOT NULL AND i.d IS NULL AND l.d IS NULL THEN d.d END AS ended
FROM '{folder}/suspect.parquet' AS s LEFT JOIN indicted AS i USING (suspect_id) LEFT JOIN dropped AS d USING (suspect_id)
LEFT JOIN last AS l USING (suspect_id);

CREATE TEMP TABLE ways AS
SELECT state, cohort, sex, ceil(date_diff('day', contact_date, least(coalesce(reached, ended, DATE '{until}'), DATE '{until}')) / 30) AS step,
    CASE WHEN reached <= DATE '{until}' THEN 1 WHEN ended <= DATE '{until}' THEN 2 ELSE 0 END AS way
FROM (
    SELECT 'prosecuted' AS state, cohort, sex, contact_date, prosecuted AS reached, ended FROM units
    UNION ALL SELECT 'convicted', cohort, sex, contact_date, convicted, ended FROM units);

COPY (
    WITH counts AS (
        SELECT state, coalesce(cohort, '_T') AS cohort, coalesce(sex, '_T') AS sex, step,
            count(*) FILTER (WHERE way = 1) AS own, count(*) FILTER (WHERE way > 0) AS gone, count(*) AS all_gone
        FROM ways GROUP BY GROUPING SETS ((state, step), (state, cohort, step), (state, sex, step))),
    watched AS (
        SELECT *, sum(all_gone) OVER (PARTITION BY state, cohort, sex)
            - coalesce(sum(all_gone) OVER (PARTITION BY state, cohort, sex ORDER BY step
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS n FROM counts),
    kept AS (
        SELECT *, coalesce(exp(sum(ln(greatest(1 - gone / n, 1e-300))) OVER (PARTITION BY state, cohort, sex ORDER BY step
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)), 1) AS before FROM watched)
    SELECT state, cohort, sex, step * 30 AS days, sum(before * own / n) OVER (PARTITION BY state, cohort, sex ORDER BY step) AS share
    FROM kept ORDER BY ALL
) TO '{out}' (FORMAT parquet);
