-- What an analyst who knows DuckDB would write for the same job: type, hash, deduplicate, set aside, store, code, count.
-- {{source}} is read_csv(..., all_varchar = true) or read_parquet(...), {{out}} a folder.
CREATE TEMP TABLE typed AS
SELECT trim(record_no) AS record_no, trim(article) AS article,
    CAST(try_strptime(trim(recorded), '%d/%m/%Y') AS DATE) AS recorded,
    trim(district) AS district,
    CASE trim(weapon) WHEN 'none' THEN 'N' WHEN 'knife' THEN 'K' WHEN 'gun' THEN 'G' WHEN 'other' THEN 'O'
        WHEN 'unknown' THEN '_U' ELSE '_X' END AS weapon,
    TRY_CAST(age AS BIGINT) AS age,
    md5_number_lower(concat_ws('|', record_no, article, recorded, district, weapon, age)) AS content_hash
FROM {source};
COPY (SELECT * FROM typed WHERE recorded IS NULL OR record_no IS NULL)
    TO '{out}/quarantine.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (SELECT DISTINCT ON (record_no) * FROM typed WHERE recorded IS NOT NULL AND record_no IS NOT NULL)
    TO '{out}/records.parquet' (FORMAT parquet, COMPRESSION zstd);
DROP TABLE typed;
COPY (SELECT r.*, coalesce(c.iccs_code, '_X') AS iccs_code
    FROM '{out}/records.parquet' AS r LEFT JOIN '{correspondence}' AS c ON c.national_code = r.article)
    TO '{out}/coded.parquet' (FORMAT parquet, COMPRESSION zstd);
COPY (SELECT iccs_code, district, weapon, year(recorded) AS y, count(*) AS n
    FROM '{out}/coded.parquet'
    GROUP BY CUBE (iccs_code, district, weapon, y))
    TO '{out}/cells.parquet' (FORMAT parquet, COMPRESSION zstd);
