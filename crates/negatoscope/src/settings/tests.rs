use super::*;

#[test]
fn the_sample_says_the_defaults() {
    let sample = Settings::parse(&sample()).unwrap();
    let defaults = Settings::parse("").unwrap();
    assert_eq!(format!("{sample:?}"), format!("{defaults:?}"));
}

#[test]
fn a_policy_table_is_read_from_its_file_and_a_wrong_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows.json");
    let settings = Settings::parse(&format!("[retention]\npolicies = \"{}\"", path.display())).unwrap();
    assert!(settings.policies().is_err());
    let mut rows: Vec<exam::policy::PolicyRow> = exam::policy::Policies::default().into();
    rows[0].diffusion_months = 12;
    std::fs::write(&path, serde_json::to_vec(&rows).unwrap()).unwrap();
    assert_eq!(settings.policies().unwrap().rows()[0].diffusion_months, 12);
    rows[0].diffusion_months = 25;
    std::fs::write(&path, serde_json::to_vec(&rows).unwrap()).unwrap();
    assert!(settings.policies().is_err());
}

#[test]
fn a_key_of_the_logs_inside_the_data_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::os::unix::fs::symlink(&data, folder.path().join("other")).unwrap();
    for inside in ["data/key", "other/key", "data/not/yet/key"] {
        let key = folder.path().join(inside);
        let text = format!("data-folder = \"{}\"\n[trace]\nkey-file = \"{}\"", data.display(), key.display());
        let error = Settings::parse(&text).unwrap().check().unwrap_err();
        assert!(error.to_string().contains("trace.key-file"), "{inside}: {error}");
    }
    let beside = folder.path().join("settings.toml");
    std::fs::write(&beside, format!("data-folder = \"{}\"", data.display())).unwrap();
    assert_eq!(Settings::load(Some(&beside)).unwrap().trace_key(), folder.path().join("settings.trace-key"));
    let within = data.join("settings.toml");
    std::fs::copy(&beside, &within).unwrap();
    assert!(Settings::load(Some(&within)).is_err());
}

#[test]
fn an_unknown_key_is_refused() {
    let error = Settings::parse("[dicom]\nae-titel = \"X\"").unwrap_err();
    assert!(error.to_string().contains("dicom.ae-titel"));
}

#[test]
fn an_archive_at_the_patients_charge_is_off_and_never_without_a_price() {
    assert!(!Settings::parse("").unwrap().choice("x").unwrap().is_offered_at("Cabinet d'imagerie"));
    let priced = "[choice]\nsites = [\"centre\"]\nprice-cents = 3000\nadvice = [\"other=comparison\"]";
    let offer = Settings::parse(priced).unwrap().choice("La notice").unwrap();
    assert!(offer.is_offered_at("centre") && !offer.is_offered_at("gare"));
    assert_eq!((offer.price_cents, offer.notice.as_str()), (3000, "La notice"));
    for refused in ["[choice]\nsites = [\"*\"]", "[choice]\nadvice = [\"other=yes\"]", "[choice]\nadvice = [\"x\"]"] {
        assert!(Settings::parse(refused).unwrap().check().is_err(), "{refused}");
    }
}

#[test]
fn a_second_factor_needs_somebody_to_carry_it_or_a_reason_not_to_and_passwords_need_tls() {
    let mail = "[mail]\nserver = \"127.0.0.1\"\nfrom = \"images@exemple.fr\"\n";
    for (text, word) in [
        ("[second-factor]\nrule = \"required\"", "mail.server"),
        ("[second-factor]\nrule = \"derogation\"", "derogation-reason"),
        ("[second-factor]\nrule = \"sometimes\"", "sometimes"),
        ("[mail]\nserver = \"mail.exemple.fr\"", "mail.from"),
        ("[mail]\nserver = \"mail.exemple.fr\"\nfrom = \"a@b.fr\"\ntls = \"none\"", "mail.tls"),
    ] {
        let error = format!("{:#}", Settings::parse(text).unwrap().check().unwrap_err());
        assert!(error.contains(word), "{text}: {error}");
    }
    for text in ["tls = \"none\"\n[second-factor]\nrule = \"required\"", "tls = \"tls\"", "tls = \"starttls\""] {
        Settings::parse(&format!("{mail}{text}")).unwrap().check().unwrap();
    }
}

#[test]
fn c25_it_refuses_to_listen_beyond_loopback_without_tls_or_for_a_proxy_it_does_not_know() {
    for (text, word) in [
        ("[web]\nlisten = \"0.0.0.0:80\"", "TLS"),
        ("[desk]\nlisten = \"10.0.0.1:80\"", "TLS"),
        ("[tls]\nbehind-proxy = true", "web.trusted-proxies"),
        ("[dicom]\nlisten = \"10.0.0.1:104\"", "plain-beyond-loopback"),
        ("plain-beyond-loopback = [\"dicom\"]\n[dicom]\nlisten = \"10.0.0.1:104\"", "dicom.allow"),
        ("plain-beyond-loopback = [\"dicom\"]\n[dicom]\nlisten = \"8.8.8.8:104\"\nallow = [\"CT@8.8.4.4\"]", "private"),
        (
            "plain-beyond-loopback = [\"dicom\"]\n[dicom]\nlisten = \"0.0.0.0:104\"\nallow = [\"CT@10.0.0.2\"]",
            "private",
        ),
    ] {
        let error = Settings::parse(text).unwrap().check().unwrap_err().to_string();
        assert!(error.contains(word), "{text}: {error}");
    }
    let fine = "plain-beyond-loopback = [\"dicom\"]\n[dicom]\nlisten = \"10.0.0.1:104\"\nallow = [\"CT1@10.0.0.2\"]";
    Settings::parse(fine).unwrap().check().unwrap();
    Settings::parse("").unwrap().check().unwrap();
}

#[test]
fn a_peer_that_we_call_has_a_title_and_an_address() {
    let settings = Settings::parse("[dicom]\npeers = [\"CONSOLE 1@ct.example:11112\", \"PACS@[::1]:104\"]").unwrap();
    let [console, pacs] = &settings.dicom_peers[..] else { panic!("{:?}", settings.dicom_peers) };
    assert_eq!((console.ae_title.as_str(), console.address.as_str()), ("CONSOLE 1", "ct.example:11112"));
    assert_eq!((pacs.ae_title.as_str(), pacs.address.as_str()), ("PACS", "[::1]:104"));
    for wrong in ["PACS", "PACS@host", "PACS@:104", "PACS@host:0", "PACS@host:port", "../x@host:104"] {
        assert!(Settings::parse(&format!("[dicom]\npeers = [\"{wrong}\"]")).is_err(), "{wrong}");
    }
}

#[test]
fn dicomweb_is_open_without_a_token_on_one_machine_only_and_tokens_are_digests() {
    let said = |text: &str| Settings::parse(text).unwrap().check().map_err(|error| format!("{error:#}"));
    assert_eq!(said("[dicomweb]\nopen-to-loopback = true"), Ok(()));
    let proxied = "[dicomweb]\nopen-to-loopback = true\n[web]\ntrusted-proxies = [\"127.0.0.1\"]";
    assert!(said(proxied).unwrap_err().contains("dicomweb.open-to-loopback"));
    let client = |digest: &str| format!("[[dicomweb-client]]\nname = \"station\"\ntoken-sha256 = \"{digest}\"");
    assert_eq!(said(&client(&"0".repeat(64))), Ok(()));
    assert!(said(&client("the token itself")).unwrap_err().contains("token-sha256"));
}
