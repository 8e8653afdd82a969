-- user_id is the user's `sub`. The primary key is the index by which the function looks.
CREATE TABLE patients (
    user_id text PRIMARY KEY,
    physician_id text NOT NULL
);
