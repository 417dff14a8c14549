//! Pictures are drawn by the decoders' child processes.

use archive::pictures::{PdfInfo, Pictures};
use async_trait::async_trait;
use bytes::Bytes;
use dicom::scan::{Limits, scan_part10};
use diffusion::{DiffusionError, FrameToRender, Renderer};
use pixels::{ImageDescriptor, ImageFormat, ImageSource, Output, Pool, RenderRequest};

/// The archive side's pictures.
pub struct PoolPictures(pub Pool);

#[async_trait]
impl Pictures for PoolPictures {
    async fn thumbnail(&self, file: Bytes, frame: u32, max_side: u32) -> Result<Bytes, String> {
        let output = Output { fit: Some((max_side, max_side)), ..Output::new(ImageFormat::Jpeg(85)) };
        let request = RenderRequest { image: ImageSource::Part10 { file, frame }, output };
        self.0.render(request).await.map(Bytes::from).map_err(|error| error.to_string())
    }

    async fn pdf_info(&self, pdf: Bytes) -> Result<PdfInfo, String> {
        let info = self.0.pdf_info(pdf).await.map_err(|error| error.to_string())?;
        Ok(PdfInfo { pages: u32::try_from(info.pages.len()).unwrap_or(u32::MAX), text: info.text.join("\n\u{c}\n") })
    }

    async fn pdf_page(&self, pdf: Bytes, page: u32, width: u32) -> Result<Bytes, String> {
        self.0.pdf_page(pdf, page, width).await.map(Bytes::from).map_err(|error| error.to_string())
    }
}

/// What is needed to show a frame, from 0.
pub fn descriptor_of(scanned: &dicom::scan::Scanned, frame: u32) -> Result<Box<ImageDescriptor>, String> {
    ImageDescriptor::of(scanned, frame).map(Box::new).map_err(|error| error.to_string())
}

/// The diffusion side's pictures: one frame, with what its file says about showing it.
pub struct PoolRenderer(pub Pool);

#[async_trait]
impl Renderer for PoolRenderer {
    async fn jpeg(&self, frame: FrameToRender) -> Result<Bytes, DiffusionError> {
        let failed = |error: String| DiffusionError::Rendering(error);
        let scanned = scan_part10(&frame.file, &Limits::default()).map_err(|error| failed(error.to_string()))?;
        let descriptor = ImageDescriptor::of(&scanned, frame.frame).map_err(|error| failed(error.to_string()))?;
        let image = ImageSource::Frame { descriptor: Box::new(descriptor), frame: frame.bytes };
        let output = Output::new(ImageFormat::Jpeg(90));
        self.0.render(RenderRequest { image, output }).await.map(Bytes::from).map_err(|error| failed(error.to_string()))
    }
}
