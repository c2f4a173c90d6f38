//! Prints a line of JSON with an access token of the credential in its argument, or with the error.
use azure_core::credentials::TokenCredential;
use azure_identity::{DeveloperToolsCredential, WorkloadIdentityCredential};
use std::sync::Arc;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let kind = arguments.next().unwrap_or_default();
    let scope = arguments.next().unwrap_or_default();
    println!(
        "{}",
        match token(&kind, &scope).await {
            Ok(token) => serde_json::json!({ "token": token }),
            Err(error) => serde_json::json!({ "error": error.to_string() }),
        }
    );
}

async fn token(kind: &str, scope: &str) -> azure_core::Result<String> {
    let credential: Arc<dyn TokenCredential> = match kind {
        "workload-identity" => WorkloadIdentityCredential::new(None)?,
        _ => DeveloperToolsCredential::new(None)?,
    };
    let token = credential.get_token(&[scope], None).await?;
    Ok(token.token.secret().to_string())
}
