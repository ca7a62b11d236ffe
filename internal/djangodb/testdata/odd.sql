--
-- PostgreSQL database dump
--
-- Invented people with every oddity that the importer knows; see odd_test.go.

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

--
-- A function, as a city may have added one: nothing in its body is a statement of ours.
--

CREATE FUNCTION public.city_note() RETURNS text
    LANGUAGE plpgsql
    AS $_$
BEGIN
    -- COPY public.accounts_users (id) FROM stdin;
    RETURN 'INSERT INTO public.accounts_barangay VALUES (1); $$';
END;
$_$;

CREATE TABLE public.accounts_barangay (
    id uuid NOT NULL,
    name character varying(100) NOT NULL
);

CREATE TABLE public.accounts_family (
    id uuid NOT NULL,
    family_code character varying(12) NOT NULL,
    family_name character varying(100) NOT NULL,
    address character varying(255) NOT NULL,
    city character varying(100) NOT NULL,
    representative_name character varying(100) NOT NULL,
    representative_phone character varying(20) NOT NULL,
    status character varying(10) NOT NULL,
    approval_date timestamp with time zone,
    rejection_reason text,
    total_members integer NOT NULL,
    total_family_points numeric(10,2) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    approved_by_id uuid,
    barangay_id uuid NOT NULL
);

CREATE TABLE public.accounts_users (
    password character varying(128) NOT NULL,
    is_superuser boolean NOT NULL,
    id uuid NOT NULL,
    username character varying(100) NOT NULL,
    first_name character varying(50) NOT NULL,
    last_name character varying(50) NOT NULL,
    full_name character varying(100) NOT NULL,
    phone character varying(20) NOT NULL,
    email character varying(255),
    date_of_birth date,
    gender character varying(10),
    is_family_representative boolean NOT NULL,
    referral_code character varying(8),
    referred_by_code character varying(8),
    referral_bonus_awarded boolean NOT NULL,
    total_points numeric(12,4) NOT NULL,
    is_active boolean NOT NULL,
    is_staff boolean NOT NULL,
    status character varying(10) NOT NULL,
    approval_date timestamp with time zone,
    rejection_reason text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    last_login timestamp with time zone,
    approved_by_id uuid,
    family_id uuid NOT NULL
);

CREATE TABLE public.cenro_adminuser (
    id uuid NOT NULL,
    username character varying(100) NOT NULL,
    password_hash character varying(255) NOT NULL,
    full_name character varying(255) NOT NULL,
    email character varying(255),
    role character varying(30) NOT NULL,
    can_manage_users boolean NOT NULL,
    status character varying(10) NOT NULL,
    approval_date timestamp with time zone,
    rejection_reason text,
    failed_login_attempts integer NOT NULL,
    account_locked_until timestamp with time zone,
    password_changed_date timestamp with time zone NOT NULL,
    must_change_password boolean NOT NULL,
    is_active boolean NOT NULL,
    last_login timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    approved_by_id uuid,
    assigned_by_id uuid
);

CREATE TABLE public.cenro_adminuser_assigned_barangays (
    id bigint NOT NULL,
    adminuser_id uuid NOT NULL,
    barangay_id uuid NOT NULL
);

CREATE TABLE public.accounts_wastetype (
    id uuid NOT NULL,
    name character varying(100) NOT NULL,
    points_per_kg numeric(10,2) NOT NULL
);

CREATE TABLE public.accounts_wastetransaction (
    id bigint NOT NULL,
    waste_kg double precision NOT NULL,
    total_points double precision NOT NULL,
    created_at timestamp with time zone NOT NULL,
    transaction_date date NOT NULL,
    notes text,
    barangay_id uuid,
    processed_by_id uuid,
    user_id uuid NOT NULL,
    waste_type_id uuid NOT NULL
);

CREATE TABLE public.accounts_rewardcategory (
    id uuid NOT NULL,
    name character varying(50) NOT NULL,
    description text,
    is_active boolean NOT NULL
);

CREATE TABLE public.accounts_reward (
    id uuid NOT NULL,
    name character varying(255) NOT NULL,
    points_required numeric(10,2) NOT NULL,
    stock integer NOT NULL,
    description text,
    image character varying(100),
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    category_id uuid
);

CREATE TABLE public.accounts_rewardhistory (
    id uuid NOT NULL,
    action character varying(20) NOT NULL,
    stock_change integer NOT NULL,
    previous_stock integer NOT NULL,
    new_stock integer NOT NULL,
    notes text NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    admin_user_id uuid,
    redemption_id uuid,
    reward_id uuid NOT NULL,
    user_id uuid
);

CREATE TABLE public.accounts_redemption (
    id uuid NOT NULL,
    quantity integer NOT NULL,
    points_used numeric(10,2) NOT NULL,
    redemption_date timestamp with time zone NOT NULL,
    claim_date timestamp with time zone,
    notes text,
    created_at timestamp with time zone NOT NULL,
    approved_by_id uuid,
    requested_by_id uuid NOT NULL,
    user_id uuid NOT NULL,
    reward_id uuid NOT NULL
);

CREATE TABLE public.accounts_pointstransaction (
    id uuid NOT NULL,
    transaction_type character varying(10) NOT NULL,
    points_amount numeric(10,2) NOT NULL,
    description text NOT NULL,
    reference_id uuid,
    transaction_date timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    processed_by_id uuid,
    user_id uuid NOT NULL
);

CREATE TABLE public.cenro_termsandconditions (
    id uuid NOT NULL,
    language character varying(10) NOT NULL,
    title character varying(255) NOT NULL,
    version character varying(50) NOT NULL,
    content text NOT NULL,
    file character varying(100),
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    created_by_id uuid,
    updated_by_id uuid
);

CREATE TABLE public.accounts_userconsent (
    id uuid NOT NULL,
    accepted_at timestamp with time zone NOT NULL,
    ip_address text NOT NULL,
    user_agent text NOT NULL,
    terms_version_id uuid NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE public.accounts_loginattempt (
    id bigint NOT NULL,
    username character varying(150) NOT NULL,
    ip_address text NOT NULL,
    "timestamp" timestamp with time zone NOT NULL,
    success boolean NOT NULL,
    user_agent text NOT NULL,
    failure_reason character varying(200) NOT NULL
);

CREATE TABLE public.biometric_devices (
    id uuid NOT NULL,
    device_id character varying(255) NOT NULL,
    device_name character varying(255) NOT NULL,
    device_type character varying(50) NOT NULL,
    device_model character varying(255) NOT NULL,
    os_version character varying(50) NOT NULL,
    app_version character varying(50) NOT NULL,
    public_key text NOT NULL,
    credential_id character varying(500) NOT NULL,
    device_fingerprint character varying(255) NOT NULL,
    last_challenge character varying(255),
    challenge_expires_at timestamp with time zone,
    is_active boolean NOT NULL,
    is_trusted boolean NOT NULL,
    failed_attempts integer NOT NULL,
    max_failed_attempts integer NOT NULL,
    registered_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    last_verified_at timestamp with time zone,
    expires_at timestamp with time zone,
    registration_ip text,
    last_ip text,
    user_id uuid NOT NULL
);

CREATE TABLE public.biometric_login_attempts (
    id uuid NOT NULL,
    success boolean NOT NULL,
    failure_reason character varying(255) NOT NULL,
    attempted_device_id character varying(255) NOT NULL,
    ip_address text,
    user_agent text NOT NULL,
    attempted_at timestamp with time zone NOT NULL,
    device_id uuid,
    user_id uuid NOT NULL
);

CREATE TABLE public.token_blacklist_outstandingtoken (
    id bigint NOT NULL,
    token text NOT NULL,
    created_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    user_id uuid,
    jti character varying(255) NOT NULL
);

CREATE TABLE public.token_blacklist_blacklistedtoken (
    id bigint NOT NULL,
    blacklisted_at timestamp with time zone NOT NULL,
    token_id bigint NOT NULL
);

CREATE TABLE public.accounts_garbageschedule (
    id uuid NOT NULL,
    day character varying(20) NOT NULL,
    start_time time without time zone NOT NULL,
    end_time time without time zone NOT NULL,
    waste_types jsonb NOT NULL,
    notes text,
    is_active boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    barangay_id uuid NOT NULL
);

CREATE TABLE public.accounts_notification (
    id uuid NOT NULL,
    type character varying(10) NOT NULL,
    message text NOT NULL,
    points numeric(10,2),
    reward_name character varying(255),
    video_title character varying(255),
    game_score integer,
    is_read boolean NOT NULL,
    viewed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE public.cenro_adminnotification (
    id uuid NOT NULL,
    notification_type character varying(50) NOT NULL,
    message text NOT NULL,
    link_url character varying(500) NOT NULL,
    is_read boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    read_at timestamp with time zone,
    related_user_id uuid,
    admin_user_id uuid,
    related_admin_id uuid
);

COPY public.accounts_barangay (id, name) FROM stdin;
000000ba-0000-4000-8000-000000000001	SANTO  NIÑO
000000ba-0000-4000-8000-000000000002	Bagong Silang
000000ba-0000-4000-8000-000000000003	Sitio Ilaya
000000ba-0000-4000-8000-000000000004	bagong silang
\.


COPY public.accounts_family (id, family_code, family_name, address, city, representative_name, representative_phone, status, approval_date, rejection_reason, total_members, total_family_points, created_at, updated_at, approved_by_id, barangay_id) FROM stdin;
000000fa-0000-4000-8000-000000000001	ODDPENA00001	Peña	Blk 3 \\ Lot 7\tkanto ng "Mabini"	San Pedro City	Ana Peña	0917 111 0001	approved	2025-03-01 08:00:00.000001+08	\N	3	61.25	2025-03-01 08:00:00.000001+08	2025-03-01 08:00:00.000001+08	000000ad-0000-4000-8000-000000000001	000000ba-0000-4000-8000-000000000001
000000fa-0000-4000-8000-000000000002	ODDLIM000002	林 Lim	長安街 2\nunit 🏠	San Pedro City	Lim Wei	09171110099	approved	\N		2	10.00	2025-03-02 01:02:03.000002+00	2025-03-02 01:02:03.000002+00	000000ad-0000-4000-8000-000000000009	000000ba-0000-4000-8000-000000000002
000000fa-0000-4000-8000-000000000003	ODDGHOST0003	Ghost	nowhere	San Pedro City	No One	09171110098	approved	\N	\N	1	5.00	2025-03-03 01:02:03.000003+00	2025-03-03 01:02:03.000003+00	\N	000000ba-0000-4000-8000-000000000063
000000fa-0000-4000-8000-000000000004	ODDSTATE0004	Estado	4 Rizal	San Pedro City	Ed Estado	09171110097	archived	\N	\N	0	0.00	2025-03-04 01:02:03.000004+00	2025-03-04 01:02:03.000004+00	\N	000000ba-0000-4000-8000-000000000004
\.


COPY public.accounts_pointstransaction (id, transaction_type, points_amount, description, reference_id, transaction_date, created_at, processed_by_id, user_id) FROM stdin;
00000070-0000-4000-8000-000000000001	earned	100.25	Waste collection: 2.45kg PET bottles	\N	2025-03-11 01:02:03.000011+00	2025-03-11 01:02:03.000011+00	000000ad-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000001
00000070-0000-4000-8000-000000000002	redeemed	-40.00	Redeemed: Bigas 1kg	\N	2025-03-12 01:02:03.000012+00	2025-03-12 01:02:03.000012+00	000000ad-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000001
00000070-0000-4000-8000-000000000003	redeemed	10.00	Web: Bigas \\ ñ	000000de-0000-4000-8000-000000000001	2025-03-13 01:02:03.000013+00	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-000000000001
00000070-0000-4000-8000-000000000004	earned	20.00	sobra	\N	2025-03-13 01:02:03.000013+00	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-000000000002
00000070-0000-4000-8000-000000000005	gifted	1.00	?	\N	2025-03-13 01:02:03.000013+00	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-000000000002
00000070-0000-4000-8000-000000000006	earned	9.00	multo	\N	2025-03-13 01:02:03.000013+00	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-000000000007
\.


COPY public.accounts_redemption (id, quantity, points_used, redemption_date, claim_date, notes, created_at, approved_by_id, requested_by_id, user_id, reward_id) FROM stdin;
000000de-0000-4000-8000-000000000001	1	50.00	2025-03-12 01:02:03.000012+00	\N	salamat 🙏	2025-03-12 01:02:03.000012+00	000000ad-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000001	00000005-0000-4000-8000-000000000001	0000004e-0000-4000-8000-000000000001
000000de-0000-4000-8000-000000000002	3	-100.00	2025-03-13 01:02:03.000013+00	\N	\N	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000002	0000004e-0000-4000-8000-000000000001
000000de-0000-4000-8000-000000000003	0	50.00	2025-03-13 01:02:03.000013+00	\N	\N	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000002	0000004e-0000-4000-8000-000000000001
000000de-0000-4000-8000-000000000004	1	50.00	2025-03-13 01:02:03.000013+00	\N	\N	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-00000000004d	00000005-0000-4000-8000-00000000004d	0000004e-0000-4000-8000-000000000001
000000de-0000-4000-8000-000000000005	1	50.00	2025-03-13 01:02:03.000013+00	\N	\N	2025-03-13 01:02:03.000013+00	\N	00000005-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000002	0000004e-0000-4000-8000-00000000004d
\.


COPY public.accounts_reward (id, name, points_required, stock, description, image, is_active, created_at, updated_at, category_id) FROM stdin;
0000004e-0000-4000-8000-000000000001	Bigas 1kg	50.00	7	Sinandomeng	reward_images/bigas.png	t	2025-03-01 08:00:00.000001+08	2025-03-01 08:00:00.000001+08	000000ca-0000-4000-8000-000000000001
0000004e-0000-4000-8000-000000000002	bigas 1KG	55.00	-2	\N		t	2025-03-01 08:00:00.000001+08	2025-03-01 08:00:00.000001+08	000000ca-0000-4000-8000-000000000002
0000004e-0000-4000-8000-000000000003	Libreng payong	0.00	3	\N	\N	t	2025-03-01 08:00:00.000001+08	2025-03-01 08:00:00.000001+08	000000ca-0000-4000-8000-000000000009
\.


COPY public.accounts_rewardcategory (id, name, description, is_active) FROM stdin;
000000ca-0000-4000-8000-000000000001	Pagkain	\N	t
000000ca-0000-4000-8000-000000000002	PAGKAIN	ulit	t
000000ca-0000-4000-8000-000000000003	Gamit		f
\.


COPY public.accounts_rewardhistory (id, action, stock_change, previous_stock, new_stock, notes, "timestamp", admin_user_id, redemption_id, reward_id, user_id) FROM stdin;
00000040-0000-4000-8000-000000000002	stock_redeemed	-1	10	9	Redeemed by Ana Peña	2025-03-12 01:02:03.000012+00	\N	000000de-0000-4000-8000-000000000001	0000004e-0000-4000-8000-000000000001	00000005-0000-4000-8000-000000000001
00000040-0000-4000-8000-000000000001	created	10	0	10		2025-03-01 08:00:00.000001+08	000000ad-0000-4000-8000-000000000001	\N	0000004e-0000-4000-8000-000000000001	\N
00000040-0000-4000-8000-000000000003	stock_removed	-1	5	4	wala na	2025-03-12 01:02:03.000012+00	000000ad-0000-4000-8000-000000000001	\N	0000004e-0000-4000-8000-00000000004d	\N
\.


COPY public.accounts_users (password, is_superuser, id, username, first_name, last_name, full_name, phone, email, date_of_birth, gender, is_family_representative, referral_code, referred_by_code, referral_bonus_awarded, total_points, is_active, is_staff, status, approval_date, rejection_reason, created_at, updated_at, last_login, approved_by_id, family_id) FROM stdin;
pbkdf2_sha256$1200$oddsalt1$3QzB2CwjZczNWZo3kMwNsb2pEU2vnjhKfgL1uM7QswE=	f	00000005-0000-4000-8000-000000000003	ANA	Ana	Tres	Ana Tres	+63 917-111-0001	Ana@Mail.Test	\N	\N	f	ODDREF03	\N	f	1.00	t	f	approved	\N	\N	2025-03-09 01:02:03.000009+00	2025-03-09 01:02:03.000009+00	\N	\N	000000fa-0000-4000-8000-000000000001
pbkdf2_sha256$1200$oddsalt1$3QzB2CwjZczNWZo3kMwNsb2pEU2vnjhKfgL1uM7QswE=	f	00000005-0000-4000-8000-000000000001	ana	Ana	Peña	Ana Peña	0917 111 0001	ana@mail.test	1987-02-28	female	t	ODDREF01		f	50.25	t	f	approved	\N	\N	2025-03-01 01:02:03.000001+00	2025-03-01 01:02:03.000001+00	2025-03-20 01:02:03.000020+00	\N	000000fa-0000-4000-8000-000000000001
pbkdf2_sha256$1200$oddsalt1$3QzB2CwjZczNWZo3kMwNsb2pEU2vnjhKfgL1uM7QswE=	f	00000005-0000-4000-8000-000000000002	josé_ñ	José	Ñañez	José Ñañez	63917-111-0002	\N	\N		f	\N	\N	f	10.00	t	f	approved	\N	\N	2025-03-02 01:02:03.000002+00	2025-03-02 01:02:03.000002+00	\N	\N	000000fa-0000-4000-8000-000000000001
!unusable	f	00000005-0000-4000-8000-000000000004	lim	偉	林	偉 林	(0917) 111 0004	not an address	\N	male	f	ODDREF04	\N	f	-3.50	t	f	approved	\N	\N	2025-03-04 01:02:03.000004+00	2025-03-04 01:02:03.000004+00	\N	\N	000000fa-0000-4000-8000-000000000002
pbkdf2_sha256$1200$oddsalt1$3QzB2CwjZczNWZo3kMwNsb2pEU2vnjhKfgL1uM7QswE=	f	00000005-0000-4000-8000-000000000005	mey	Mey 🌺	Lim	Mey 🌺 Lim	0917.111.0004	\N	\N	unknown	f	ODDREF05	\N	f	0.0150	f	f	approved	\N	\N	2025-03-05 01:02:03.000005+00	2025-03-05 01:02:03.000005+00	\N	\N	000000fa-0000-4000-8000-000000000002
pbkdf2_sha256$1200$oddsalt1$3QzB2CwjZczNWZo3kMwNsb2pEU2vnjhKfgL1uM7QswE=	f	00000005-0000-4000-8000-000000000006	tatlo	T	L	T L	tel. 808-1234	\N	\N	\N	f	ODDREF06	ODDREF01	t	13.5050	t	f	frozen	\N	\N	2025-03-06 01:02:03.000006+00	2025-03-06 01:02:03.000006+00	\N	\N	000000fa-0000-4000-8000-000000000002
pbkdf2_sha256$1200$oddsalt1$3QzB2CwjZczNWZo3kMwNsb2pEU2vnjhKfgL1uM7QswE=	f	00000005-0000-4000-8000-000000000007	ghost	Gh	Ost	Gh Ost	09171110007	\N	\N	\N	f	ODDREF07	\N	f	99.00	t	f	approved	\N	\N	2025-03-07 01:02:03.000007+00	2025-03-07 01:02:03.000007+00	\N	\N	000000fa-0000-4000-8000-000000000003
argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$aGFzaA	f	00000005-0000-4000-8000-000000000008	argon	Ar	Gon	Ar Gon	09171110008	\N	\N	\N	f	ODDREF08	\N	f	0.00	t	f	rejected	\N	Maling tirahan;\nikalawang linya	2025-03-08 01:02:03.000008+00	2025-03-08 01:02:03.000008+00	\N	\N	000000fa-0000-4000-8000-000000000001
\.


COPY public.accounts_wastetransaction (id, waste_kg, total_points, created_at, transaction_date, notes, barangay_id, processed_by_id, user_id, waste_type_id) FROM stdin;
1	2.45	12.25	2025-03-10 22:30:00+00	2025-03-11	basa\tpa\nkonti	000000ba-0000-4000-8000-000000000001	000000ad-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000001	0000003a-0000-4000-8000-000000000001
2	0.30000000000000004	1.5000000000000002	2025-03-12 01:02:03.000012+00	2025-03-12	\N	\N	000000ad-0000-4000-8000-000000000004	00000005-0000-4000-8000-000000000001	0000003a-0000-4000-8000-000000000001
3	1.0005	6	2025-03-13 01:02:03.000013+00	2025-03-13	\N	000000ba-0000-4000-8000-000000000063	000000ad-0000-4000-8000-000000000063	00000005-0000-4000-8000-000000000002	0000003a-0000-4000-8000-000000000001
4	0	0	2025-03-14 01:02:03.000014+00	2025-03-14	\N	\N	\N	00000005-0000-4000-8000-000000000002	0000003a-0000-4000-8000-000000000001
5	-1.5	-7.5	2025-03-15 01:02:03.000015+00	2025-03-15	\N	\N	\N	00000005-0000-4000-8000-000000000002	0000003a-0000-4000-8000-000000000001
6	NaN	1	2025-03-16 01:02:03.000016+00	2025-03-16	\N	\N	\N	00000005-0000-4000-8000-000000000002	0000003a-0000-4000-8000-000000000001
7	1e-05	0	2025-03-17 01:02:03.000017+00	2025-03-17	\N	\N	\N	00000005-0000-4000-8000-000000000002	0000003a-0000-4000-8000-000000000001
8	1500	7500	2025-03-18 01:02:03.000018+00	2025-03-18	\N	\N	000000ad-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000004	0000003a-0000-4000-8000-000000000003
9	1	5	2025-03-19 01:02:03.000019+00	2025-03-19	\N	\N	\N	00000005-0000-4000-8000-00000000004d	0000003a-0000-4000-8000-000000000001
10	1	5	2025-03-10 01:02:03.000010+00	2025-03-10	\N	\N	\N	00000005-0000-4000-8000-000000000001	0000003a-0000-4000-8000-00000000004d
11	3	37.5	2025-03-11 01:02:03.000011+00	2025-03-11	\N	\N	\N	00000005-0000-4000-8000-000000000007	0000003a-0000-4000-8000-000000000002
12	2.5	31.25	2025-03-12 01:02:03.000012+00	2025-03-25	\N	\N	000000ad-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000001	0000003a-0000-4000-8000-000000000002
\.


COPY public.accounts_wastetype (id, name, points_per_kg) FROM stdin;
0000003a-0000-4000-8000-000000000001	PET bottles	5.00
0000003a-0000-4000-8000-000000000002	Used batteries	12.50
0000003a-0000-4000-8000-000000000003	pet BOTTLES 	4.00
0000003a-0000-4000-8000-000000000004	Food waste	-1.00
0000003a-0000-4000-8000-000000000005	Non-biodegradable sachets	0.25
\.


COPY public.cenro_adminuser (id, username, password_hash, full_name, email, role, can_manage_users, status, approval_date, rejection_reason, failed_login_attempts, account_locked_until, password_changed_date, must_change_password, is_active, last_login, created_at, approved_by_id, assigned_by_id) FROM stdin;
000000ad-0000-4000-8000-000000000001	hepe	pbkdf2_sha256$1200$oddsalt2$lZkylyDeVNZRCR7LNB0HopHMzubc9HIR/QIvI+f+kkM=	Hepe Ñ. Santos	hepe@city.test	super_admin	f	approved	\N	\N	0	\N	2025-03-01 08:00:00.000001+08	f	t	\N	2025-03-01 01:02:03.000001+00	\N	000000ad-0000-4000-8000-000000000001
000000ad-0000-4000-8000-000000000002	kapitan	pbkdf2_sha256$1200$oddsalt2$lZkylyDeVNZRCR7LNB0HopHMzubc9HIR/QIvI+f+kkM=	Kap Dalawa	KAP@city.test	barangay_admin	f	approved	\N	\N	0	\N	2025-03-01 08:00:00.000001+08	t	t	\N	2025-03-02 01:02:03.000002+00	000000ad-0000-4000-8000-000000000001	000000ad-0000-4000-8000-000000000001
000000ad-0000-4000-8000-000000000003	city	pbkdf2_sha256$1200$oddsalt2$lZkylyDeVNZRCR7LNB0HopHMzubc9HIR/QIvI+f+kkM=	City Tatlo	kap@city.test	city_admin	f	approved	\N	\N	0	\N	2025-03-01 08:00:00.000001+08	f	t	\N	2025-03-03 01:02:03.000003+00	\N	000000ad-0000-4000-8000-000000000001
000000ad-0000-4000-8000-000000000004	intern	pbkdf2_sha256$1200$oddsalt2$lZkylyDeVNZRCR7LNB0HopHMzubc9HIR/QIvI+f+kkM=	In Tern	\N	summer_intern	f	approved	\N	\N	0	\N	2025-03-01 08:00:00.000001+08	f	t	\N	2025-03-04 01:02:03.000004+00	\N	000000ad-0000-4000-8000-000000000001
000000ad-0000-4000-8000-000000000005	Kapitan	pbkdf2_sha256$1200$oddsalt2$lZkylyDeVNZRCR7LNB0HopHMzubc9HIR/QIvI+f+kkM=	Kap Lima	\N	operations_manager	f	approved	\N	\N	0	\N	2025-03-01 08:00:00.000001+08	f	f	\N	2025-03-05 01:02:03.000005+00	\N	000000ad-0000-4000-8000-000000000001
000000ad-0000-4000-8000-000000000006	gone	pbkdf2_sha256$1200$oddsalt2$lZkylyDeVNZRCR7LNB0HopHMzubc9HIR/QIvI+f+kkM=	Go Ne	\N	security_analyst	f	deleted	\N	Deleted by hepe: umalis	0	\N	2025-03-01 08:00:00.000001+08	f	f	\N	2025-03-06 01:02:03.000006+00	\N	000000ad-0000-4000-8000-000000000001
000000ad-0000-4000-8000-000000000007	weird	pbkdf2_sha256$1200$oddsalt2$lZkylyDeVNZRCR7LNB0HopHMzubc9HIR/QIvI+f+kkM=	We Ird	\N	content_rewards_manager	f	napping	\N	\N	0	\N	2025-03-01 08:00:00.000001+08	f	t	\N	2025-03-07 01:02:03.000007+00	\N	000000ad-0000-4000-8000-000000000001
\.


COPY public.cenro_adminuser_assigned_barangays (id, adminuser_id, barangay_id) FROM stdin;
1	000000ad-0000-4000-8000-000000000002	000000ba-0000-4000-8000-000000000001
2	000000ad-0000-4000-8000-000000000002	000000ba-0000-4000-8000-000000000004
3	000000ad-0000-4000-8000-000000000003	000000ba-0000-4000-8000-000000000063
4	000000ad-0000-4000-8000-000000000004	000000ba-0000-4000-8000-000000000001
5	000000ad-0000-4000-8000-000000000001	000000ba-0000-4000-8000-000000000001
6	000000ad-0000-4000-8000-000000000002	000000ba-0000-4000-8000-000000000002
\.


COPY public.accounts_loginattempt (id, username, ip_address, "timestamp", success, user_agent, failure_reason) FROM stdin;
1	ana	203.0.113.7	2026-11-20 08:00:00.000001+00	t	Mozilla/5.0 (Linux; Android 9)	
2	ana	203.0.113.7	2026-11-20 07:59:00.000001+00	f	Mozilla/5.0	Invalid credentials
3	ANA	2001:db8::7	2026-11-19 08:00:00.000001+00	f		Failed OTP verification
4	nobody\tat all	203.0.113.7	2026-11-18 08:00:00.000001+00	f		Invalid credentials
5	tatlo	not an address	2026-11-17 08:00:00.000001+00	f		Account inactive (QR)
6	ghost	203.0.113.7	2026-11-17 08:00:00.000001+00	f		Family not approved (QR)
7	ana	203.0.113.7	2025-11-30 08:00:00.000001+00	t		
8	ana	203.0.113.7	2025-10-30 08:00:00.000001+00	f		Invalid credentials
9	josé_ñ	203.0.113.7	2026-11-17 08:00:00.000001+00	f		Something else
\.


COPY public.accounts_userconsent (id, accepted_at, ip_address, user_agent, terms_version_id, user_id) FROM stdin;
00000c05-0000-4000-8000-000000000001	2025-03-01 01:02:03.000001+00	203.0.113.7	Mozilla/5.0 (Linux; Android 9)	0000007e-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000001
00000c05-0000-4000-8000-000000000002	2025-03-01 01:02:03.000002+00	203.0.113.7	Mozilla/5.0 (Linux; Android 9)	0000007e-0000-4000-8000-000000000003	00000005-0000-4000-8000-000000000001
00000c05-0000-4000-8000-000000000003	2024-03-02 01:02:03.000002+00	::ffff:203.0.113.8/128		0000007e-0000-4000-8000-000000000001	00000005-0000-4000-8000-000000000002
00000c05-0000-4000-8000-000000000004	2025-03-02 01:02:03.000002+00	unknown		0000007e-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000002
00000c05-0000-4000-8000-000000000005	2025-03-07 01:02:03.000002+00	203.0.113.9		0000007e-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000007
00000c05-0000-4000-8000-000000000006	2025-03-07 01:02:03.000002+00	203.0.113.9		0000007e-0000-4000-8000-000000000002	00000005-0000-4000-8000-00000000004d
00000c05-0000-4000-8000-000000000007	2025-03-07 01:02:03.000002+00	203.0.113.9		0000007e-0000-4000-8000-000000000004	00000005-0000-4000-8000-000000000001
00000c05-0000-4000-8000-000000000008	2025-03-07 01:02:03.000002+00	203.0.113.9		0000007e-0000-4000-8000-000000000063	00000005-0000-4000-8000-000000000001
\.


COPY public.biometric_devices (id, device_id, device_name, device_type, device_model, os_version, app_version, public_key, credential_id, device_fingerprint, last_challenge, challenge_expires_at, is_active, is_trusted, failed_attempts, max_failed_attempts, registered_at, last_used_at, last_verified_at, expires_at, registration_ip, last_ip, user_id) FROM stdin;
00000d0e-0000-4000-8000-000000000002	dev-1	Telepono ni Ana 🌺	Android	SM-J260G	9	1.2.0	MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU624H6gV8jmCyP63Jn8yuwPTb/FnV0DGMDmJ96/jrn9WBPBpGz+x/b4+lHJLGawPBDscqbAUi3CSKzTxb2+0mg==	cred-2	fp-2	old-challenge	2025-03-20 01:02:03+00	t	f	0	5	2025-03-22 01:02:03.000002+00	2026-11-20 01:02:03.000001+00	\N	\N	203.0.113.7	203.0.113.7	00000005-0000-4000-8000-000000000001
00000d0e-0000-4000-8000-000000000001	dev-1	Telepono ni Ana 🌺	Android	SM-J260G	9	1.2.0	MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU624H6gV8jmCyP63Jn8yuwPTb/FnV0DGMDmJ96/jrn9WBPBpGz+x/b4+lHJLGawPBDscqbAUi3CSKzTxb2+0mg==	cred-1	fp-1	old-challenge	2025-03-20 01:02:03+00	t	f	0	5	2025-03-21 01:02:03.000001+00	2026-11-20 01:02:03.000001+00	\N	\N	203.0.113.7	203.0.113.7	00000005-0000-4000-8000-000000000001
00000d0e-0000-4000-8000-000000000003	dev-3	Telepono ni Ana 🌺	Android	SM-J260G	9	1.2.0	MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU624H6gV8jmCyP63Jn8yuwPTb/FnV0DGMDmJ96/jrn9WBPBpGz+x/b4+lHJLGawPBDscqbAUi3CSKzTxb2+0mg==	cred-1	fp-3	old-challenge	2025-03-20 01:02:03+00	t	f	0	5	2025-03-23 01:02:03.000003+00	2026-11-20 01:02:03.000001+00	\N	\N	203.0.113.7	203.0.113.7	00000005-0000-4000-8000-000000000002
00000d0e-0000-4000-8000-000000000004	dev-4	Telepono ni Ana 🌺	Android	SM-J260G	9	1.2.0	MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU624H6gV8jmCyP63Jn8yuwPTb/FnV0DGMDmJ96/jrn9WBPBpGz+x/b4+lHJLGawPBDscqbAUi3CSKzTxb2+0mg==	cred-4	fp-4	old-challenge	2025-03-20 01:02:03+00	t	f	0	5	2025-03-24 01:02:03.000004+00	2026-11-20 01:02:03.000001+00	\N	\N	203.0.113.7	203.0.113.7	00000005-0000-4000-8000-000000000007
00000d0e-0000-4000-8000-000000000005	dev-5	Telepono ni Ana 🌺	Android	SM-J260G	9	1.2.0	opaque key of the old app	cred-5	fp-5	old-challenge	2025-03-20 01:02:03+00	t	t	3	5	2025-03-25 01:02:03.000005+00	2026-11-20 01:02:03.000001+00	\N	\N	203.0.113.7	203.0.113.7	00000005-0000-4000-8000-000000000002
00000d0e-0000-4000-8000-000000000006	dev-6	Telepono ni Ana 🌺	Android	SM-J260G	9	1.2.0	MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU624H6gV8jmCyP63Jn8yuwPTb/FnV0DGMDmJ96/jrn9WBPBpGz+x/b4+lHJLGawPBDscqbAUi3CSKzTxb2+0mg==	cred-6	fp-6	old-challenge	2025-03-20 01:02:03+00	t	f	0	5	2025-03-26 01:02:03.000006+00	2026-11-20 01:02:03.000001+00	\N	\N	203.0.113.7	203.0.113.7	00000005-0000-4000-8000-00000000004d
00000d0e-0000-4000-8000-000000000007		Telepono ni Ana 🌺	Android	SM-J260G	9	1.2.0	MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEU624H6gV8jmCyP63Jn8yuwPTb/FnV0DGMDmJ96/jrn9WBPBpGz+x/b4+lHJLGawPBDscqbAUi3CSKzTxb2+0mg==	cred-7	fp-7	old-challenge	2025-03-20 01:02:03+00	t	f	0	5	2025-03-26 01:02:03.000006+00	2026-11-20 01:02:03.000001+00	\N	\N	203.0.113.7	203.0.113.7	00000005-0000-4000-8000-000000000002
\.


COPY public.biometric_login_attempts (id, success, failure_reason, attempted_device_id, ip_address, user_agent, attempted_at, device_id, user_id) FROM stdin;
00000b10-0000-4000-8000-000000000001	t		dev-1	203.0.113.7	okhttp/4.12.0	2026-11-20 01:02:03.000001+00	00000d0e-0000-4000-8000-000000000001	00000005-0000-4000-8000-000000000001
00000b10-0000-4000-8000-000000000002	f	Device fingerprint mismatch	dev-5	\N		2026-11-21 01:02:03.000001+00	00000d0e-0000-4000-8000-000000000005	00000005-0000-4000-8000-000000000002
00000b10-0000-4000-8000-000000000003	f	Invalid signature	dev-1	203.0.113.7		2026-05-21 01:02:03.000001+00	00000d0e-0000-4000-8000-000000000001	00000005-0000-4000-8000-000000000001
00000b10-0000-4000-8000-000000000004	f	Device not found	dev-9	203.0.113.7		2026-11-22 01:02:03.000001+00	\N	00000005-0000-4000-8000-000000000001
00000b10-0000-4000-8000-000000000005	t		dev-1	203.0.113.7		2026-11-22 01:02:03.000001+00	00000d0e-0000-4000-8000-000000000002	00000005-0000-4000-8000-000000000001
00000b10-0000-4000-8000-000000000006	f	Invalid signature	dev-1	nowhere		2026-11-23 01:02:03.000001+00	00000d0e-0000-4000-8000-000000000001	00000005-0000-4000-8000-000000000001
\.


COPY public.cenro_termsandconditions (id, language, title, version, content, file, is_active, created_at, updated_at, created_by_id, updated_by_id) FROM stdin;
0000007e-0000-4000-8000-000000000001	english	Terms	1.0	Old English words.\r\n\r\nA second paragraph \\ with a backslash.	\N	f	2024-01-01 00:00:00.000001+00	2024-06-01 00:00:00.000001+00	000000ad-0000-4000-8000-000000000001	\N
0000007e-0000-4000-8000-000000000002	english	Terms	2.0	New English words.\\u000AIt\\u0027s edited.		t	2024-06-01 00:00:00.000001+00	2024-06-01 00:00:00.000001+00	000000ad-0000-4000-8000-000000000001	000000ad-0000-4000-8000-000000000001
0000007e-0000-4000-8000-000000000003	tagalog	Mga tuntunin	2.0	Mga salitang Tagalog ñ.	\N	t	2024-06-01 00:00:00.000002+00	2024-06-01 00:00:00.000002+00	\N	\N
0000007e-0000-4000-8000-000000000004	klingon	nuq	1.0	qaStaH nuq	\N	t	2024-06-01 00:00:00.000003+00	2024-06-01 00:00:00.000003+00	\N	\N
0000007e-0000-4000-8000-000000000005	tagalog	PDF	3.0		terms_documents/tuntunin.pdf	f	2024-07-01 00:00:00.000003+00	2024-07-01 00:00:00.000003+00	\N	\N
\.


COPY public.token_blacklist_blacklistedtoken (id, blacklisted_at, token_id) FROM stdin;
1	2026-11-25 08:00:00.000001+00	2
2	2026-11-25 08:00:00.000001+00	3
3	2026-11-26 08:00:00.000001+00	5
\.


COPY public.token_blacklist_outstandingtoken (id, token, created_at, expires_at, user_id, jti) FROM stdin;
1	eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5Nzg0MDAwMCwiaWF0IjoxNzk1MjQ4MDAwLCJqdGkiOiIwMTAxMDEwMTAxMDEwMTAxMDEwMTAxMDEwMTAxMDEwMSIsInVzZXJfaWQiOiIwMDAwMDAwNS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ.c2lnbmVkLWVsc2V3aGVyZQ	2026-11-21 08:00:00.000001+00	2026-12-21 08:00:00+00	00000005-0000-4000-8000-000000000001	01010101010101010101010101010101
2	eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5Nzg0MDAwMCwiaWF0IjoxNzk1MjQ4MDAwLCJqdGkiOiIwMjAyMDIwMjAyMDIwMjAyMDIwMjAyMDIwMjAyMDIwMiIsInVzZXJfaWQiOiIwMDAwMDAwNS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ.c2lnbmVkLWVsc2V3aGVyZQ	2026-11-21 08:00:00.000001+00	2026-12-21 08:00:00+00	00000005-0000-4000-8000-000000000001	02020202020202020202020202020202
3	eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5NjAyNTYwMCwiaWF0IjoxNzk1MjQ4MDAwLCJqdGkiOiIwMzAzMDMwMzAzMDMwMzAzMDMwMzAzMDMwMzAzMDMwMyIsInVzZXJfaWQiOiIwMDAwMDAwNS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEifQ.c2lnbmVkLWVsc2V3aGVyZQ	2026-11-21 08:00:00.000001+00	2026-11-30 08:00:00+00	00000005-0000-4000-8000-000000000001	03030303030303030303030303030303
4	eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5Nzg0MDAwMCwiaWF0IjoxNzk1MjQ4MDAwLCJqdGkiOiIwNDA0MDQwNDA0MDQwNDA0MDQwNDA0MDQwNDA0MDQwNCIsInVzZXJfaWQiOiIwMDAwMDAwNS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDcifQ.c2lnbmVkLWVsc2V3aGVyZQ	2026-11-21 08:00:00.000001+00	2026-12-21 08:00:00+00	00000005-0000-4000-8000-000000000007	04040404040404040404040404040404
5	eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5Nzg0MDAwMCwiaWF0IjoxNzk1MjQ4MDAwLCJqdGkiOiIwNTA1MDUwNTA1MDUwNTA1MDUwNTA1MDUwNTA1MDUwNSIsImFkbWluX2lkIjoiMDAwMDAwYWQtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAyIiwidXNlcm5hbWUiOiJrYXBpdGFuIiwicm9sZSI6Im9wZXJhdGlvbnNfbWFuYWdlciJ9.c2lnbmVkLWVsc2V3aGVyZQ	\N	2026-12-21 08:00:00+00	\N	05050505050505050505050505050505
6	not-a-token	2026-11-21 08:00:00.000001+00	2026-12-21 08:00:00+00	00000005-0000-4000-8000-000000000002	06060606060606060606060606060606
7	not-a-token	\N	2026-12-21 08:00:00+00	\N	07070707070707070707070707070707
8	eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5Nzg0MDAwMCwiaWF0IjoxNzk1MjQ4MDAwLCJqdGkiOiIwODA4MDgwODA4MDgwODA4MDgwODA4MDgwODA4MDgwOCIsInVzZXJfaWQiOiIwMDAwMDAwNS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDIifQ.c2lnbmVkLWVsc2V3aGVyZQ	\N	2026-12-21 08:00:00+00	00000005-0000-4000-8000-000000000002	zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz
9	eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCIsImV4cCI6MTc5Nzg0MDAwMCwiaWF0IjoxNzk1MjQ4MDAwLCJqdGkiOiIwOTA5MDkwOTA5MDkwOTA5MDkwOTA5MDkwOTA5MDkwOSIsInVzZXJfaWQiOiIwMDAwMDAwNS0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDIifQ.c2lnbmVkLWVsc2V3aGVyZQ	2026-11-21 08:00:00.000001+00	2026-12-21 08:00:00+00	\N	09090909090909090909090909090909
\.


COPY public.accounts_garbageschedule (id, day, start_time, end_time, waste_types, notes, is_active, created_at, barangay_id) FROM stdin;
0000005c-0000-4000-8000-000000000001	Monday	06:00:00	09:00:00	["pet BOTTLES ", "Residual", "PET bottles"]	Maaga	t	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000001
0000005c-0000-4000-8000-000000000002	monday 	08:30:00	10:15:30.5	["Food waste"]	\N	t	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000001
0000005c-0000-4000-8000-000000000003	Funday	10:00:00	08:00:00	["Food waste"]	bago	t	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000001
0000005c-0000-4000-8000-000000000004	Sunday	22:00:00	02:00:00	[]		t	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000002
0000005c-0000-4000-8000-000000000005	Tuesday	07:00:00	09:00:00	"Residual"	\N	t	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000002
0000005c-0000-4000-8000-000000000006	Tuesday	08:00:00	08:30:00	["residual waste", 3]	\N	f	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000004
0000005c-0000-4000-8000-000000000007	Friday	07:00:00	24:00:00	[]	\N	t	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000002
0000005c-0000-4000-8000-000000000008	Friday	07:00:00	09:00:00	[]	\N	t	2025-03-01 16:30:00.000001+00	000000ba-0000-4000-8000-000000000063
\.


COPY public.accounts_notification (id, type, message, points, reward_name, video_title, game_score, is_read, viewed_at, created_at, user_id) FROM stdin;
00000040-0000-4000-8000-000000000001	waste	You earned 12 points ñ	12.25	\N	\N	\N	f	2026-11-20 02:00:00.000001+00	2026-11-20 01:02:03.000001+00	00000005-0000-4000-8000-000000000001
00000040-0000-4000-8000-000000000002	redeem	Bigas 1kg	-40.00	Bigas 1kg	\N	\N	t	\N	2026-11-20 01:02:03.000001+00	00000005-0000-4000-8000-000000000001
00000040-0000-4000-8000-000000000003	game	Laro	\N	\N	\N	0	f	\N	2026-11-20 01:02:03.000001+00	00000005-0000-4000-8000-000000000001
00000040-0000-4000-8000-000000000004	learning	Bidyo	7.00		Ang Kalikasan	\N	t	2026-11-20 01:02:03.000001+00	2026-11-20 01:02:03.000001+00	00000005-0000-4000-8000-000000000002
00000040-0000-4000-8000-000000000005	other	luma	\N	\N	\N	\N	f	\N	2025-11-20 01:02:03.000001+00	00000005-0000-4000-8000-000000000001
00000040-0000-4000-8000-000000000006	other	multo	\N	\N	\N	\N	f	\N	2026-11-20 01:02:03.000001+00	00000005-0000-4000-8000-000000000007
00000040-0000-4000-8000-000000000007	other	wala	\N	\N	\N	\N	f	\N	2026-11-20 01:02:03.000001+00	00000005-0000-4000-8000-00000000004d
\.


COPY public.cenro_adminnotification (id, notification_type, message, link_url, is_read, created_at, read_at, related_user_id, admin_user_id, related_admin_id) FROM stdin;
00000a40-0000-4000-8000-000000000001	new_registration	New user registration: José	/adminuser/	f	2026-11-20 01:02:03.000001+00	\N	00000005-0000-4000-8000-000000000002	000000ad-0000-4000-8000-000000000001	\N
00000a40-0000-4000-8000-000000000002	new_registration	New user registration: multo	/adminuser/	t	2026-11-20 01:02:03.000001+00	2026-11-21 01:02:03.000001+00	00000005-0000-4000-8000-000000000007	000000ad-0000-4000-8000-000000000002	\N
00000a40-0000-4000-8000-000000000003	admin_account_locked	Admin account locked: Kap Dalawa	/admin/management/	t	2026-11-20 01:02:03.000001+00	\N	\N	000000ad-0000-4000-8000-000000000001	000000ad-0000-4000-8000-000000000002
00000a40-0000-4000-8000-000000000004	barangay_assignment_changed	Your barangay assignments have been updated	/adminuser/dashboard/	f	2026-11-20 01:02:03.000001+00	\N	\N	000000ad-0000-4000-8000-000000000002	000000ad-0000-4000-8000-000000000002
00000a40-0000-4000-8000-000000000005	system_alert	to everybody		f	2026-11-20 01:02:03.000001+00	\N	\N	\N	\N
00000a40-0000-4000-8000-000000000006	new_registration	for the intern	/adminuser/	f	2026-11-20 01:02:03.000001+00	\N	00000005-0000-4000-8000-000000000002	000000ad-0000-4000-8000-000000000004	\N
\.


SELECT pg_catalog.set_config('search_path', 'public', false);

--
-- PostgreSQL database dump complete
--
