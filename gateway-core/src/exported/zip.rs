//! An export as one file.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::folder::is_for_secrets;
use crate::export::Export;

/// The folder `gateway-PRODUCT` as a ZIP file. The same export gives the same bytes.
///
/// # Errors
/// It is larger than a ZIP file may be.
pub fn zip(export: &Export) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for file in &export.files {
        let mode = match is_for_secrets(export, &file.name) {
            true => 0o600,
            false => 0o644,
        };
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .unix_permissions(mode);
        let name = format!("gateway-{}/{}", export.product.id, file.name);
        writer.start_file(name, options)?;
        writer.write_all(file.text.as_bytes())?;
    }
    Ok(writer.finish()?.into_inner())
}
