//! A safetensors writer of its own, so that files can be wrong in every way.

/// One tensor.
pub struct Stored {
    name: &'static str,
    dtype: &'static str,
    shape: Vec<usize>,
    data: Vec<u8>,
}

/// A whole file.
pub struct File(pub Vec<Stored>);

macro_rules! stored {
    ($($int:ident $dtype:literal)*) => {
        impl Stored {
            $(pub fn $int(name: &'static str, shape: &[usize], values: &[$int]) -> Self {
                let data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
                Self { name, dtype: $dtype, shape: shape.to_vec(), data }
            })*
        }
    };
}

stored!(i8 "I8" u8 "U8" i16 "I16" u16 "U16" i32 "I32" u32 "U32" i64 "I64" u64 "U64" f32 "F32");

impl File {
    /// Adds a tensor, or replaces the one with its name.
    pub fn with(self, tensor: Stored) -> Self {
        let mut file = self.without(tensor.name);
        file.0.push(tensor);
        file
    }

    /// Removes a tensor.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|tensor| tensor.name != name);
        self
    }

    /// Header length, header, data.
    pub fn bytes(&self) -> Vec<u8> {
        let mut entries = Vec::new();
        let mut data = Vec::new();
        for Stored { name, dtype, shape, data: bytes } in &self.0 {
            let (start, end) = (data.len(), data.len() + bytes.len());
            entries.push(format!(
                "\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":{shape:?},\"data_offsets\":[{start},{end}]}}"
            ));
            data.extend_from_slice(bytes);
        }
        let header = format!("{{{}}}", entries.join(","));
        [(header.len() as u64).to_le_bytes().as_slice(), header.as_bytes(), &data].concat()
    }
}
